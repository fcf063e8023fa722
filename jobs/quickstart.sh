#!/usr/bin/env bash
# From a fresh Debian 12 machine to the main job: installs what is missing, builds, fetches real weights and photos, runs jobs/quickstart.ini on
# two MPI ranks. The second run takes seconds: nothing is fetched, built or computed twice. From an installed tree it works in the folder that it is
# called from, and installs and builds nothing.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/places.sh"
cd "$work"

if [[ -f $home/CMakeLists.txt ]]; then
  setup/setup.sh
  setup/build.sh release sightline
fi
"$home/models/fetch_demo_weights.sh"
"$home/jobs/fetch_demo_photos.sh"

# Containers and CI run as root, which Open MPI refuses unless told.
if ((EUID == 0)); then
  export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
fi
mpirun --oversubscribe -n 2 "$sightline" run "$home/jobs/quickstart.ini"
