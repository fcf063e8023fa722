#!/usr/bin/env bash
# gpu/run.sh PROGRAM [ARGUMENT ...]: runs bin/PROGRAM of the bundle with the LibTorch of `python3` (or of $PYTHON), as a single MPI process without mpirun.
set -euo pipefail
here=$(cd "$(dirname "$(readlink -f "$0")")/.." && pwd)
python=${PYTHON:-python3}
torch=$("$python" -c 'import importlib.util as u; print(u.find_spec("torch").submodule_search_locations[0])')
export LD_LIBRARY_PATH=$torch/lib SIGHTLINE_PYTHON=$python
export OPAL_PREFIX=$here OMPI_MCA_mca_base_component_path=$here/lib/openmpi OMPI_MCA_ess_singleton_isolated=1 OMPI_MCA_btl=self,vader OMPI_MCA_pml=ob1
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
program=$1
shift
exec "$here/bin/$program" "$@"
