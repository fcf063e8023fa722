# Sourced by the scripts of jobs/, models/ and slurm/: where things are, in a source tree and in an installed one.
#   home       the folder with analysis/, jobs/, models/ and slurm/: the source, or PREFIX/share/sightline
#   work       where weights, photos and runs go: the source, or the folder that an installed script is called from
#   sightline  the program: SIGHTLINE, else the build in the source, else PREFIX/bin/sightline
#   python     SIGHTLINE_PYTHON, else the environment in the source, else python3
home=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
if [[ -f $home/CMakeLists.txt ]]; then
  work=$home
  sightline=$home/build/release/sightline
  [[ -x $sightline || ! -x $home/build/cluster/sightline ]] || sightline=$home/build/cluster/sightline
  python=$home/.deps/python/bin/python
else
  work=$PWD
  sightline=$(cd "$home/../.." && pwd)/bin/sightline
  python=python3
fi
sightline=${SIGHTLINE:-$sightline}
python=${SIGHTLINE_PYTHON:-$python}
