#!/usr/bin/env bash
# slurm/submit.sh [--array N] JOB.ini [sbatch options ...] [-- program options ...]
# Submits a job that survives pre-emption and, depending on it, the comparison, clustering and report. With --array N the images are explained by N jobs of their own.
# The sbatch options (--nodes, --ntasks-per-node, --partition, --time ...) are those of the explaining job; --account, --partition, --qos and --chdir, as --NAME=VALUE, hold
# for both. The program's options (--images, --output ...) change what the job file says, for both.
set -euo pipefail
here=$(dirname "${BASH_SOURCE[0]}")

parts=0
if [[ ${1:-} == --array ]]; then
  parts=${2:?how many parts?}
  shift 2
fi
if [[ ! -f ${1:-} ]]; then
  echo "usage: slurm/submit.sh [--array N] JOB.ini [sbatch options ...] [-- program options ...]" >&2
  exit 2
fi
job=("$1")
shift
explaining=()
finishing=()
while (($# > 0)) && [[ $1 != -- ]]; do
  explaining+=("$1")
  [[ $1 =~ ^--(account|partition|qos|chdir)= ]] && finishing+=("$1")
  shift
done
job+=("${@:2}")
export SIGHTLINE_HOME=${SIGHTLINE_HOME:-$(cd "$here/.." && pwd)}

script=preemptable.sbatch
if ((parts > 0)); then
  script=array.sbatch
  explaining+=(--array="1-$parts")
  job_to_finish=(--merge "${job[@]}")
else
  job_to_finish=("${job[@]}")
fi
explain=$(sbatch --parsable ${explaining[@]+"${explaining[@]}"} "$here/$script" "${job[@]}")
finish=$(sbatch --parsable --dependency="afterok:$explain" --kill-on-invalid-dep=yes ${finishing[@]+"${finishing[@]}"} "$here/finish.sbatch" "${job_to_finish[@]}")
echo "explain: job $explain; compare, cluster and report: job $finish. 'sightline status OUTPUT' tells how far it is."
