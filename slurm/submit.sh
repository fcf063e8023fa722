#!/usr/bin/env bash
# slurm/submit.sh [--array N] JOB.ini [sbatch options ...]
# Submits a job that survives pre-emption and, depending on it, the comparison, clustering and report. With --array N the images are explained by N jobs of their own.
# The sbatch options (--nodes, --ntasks-per-node, --partition, --time ...) are those of the explaining job.
set -euo pipefail
here=$(dirname "${BASH_SOURCE[0]}")

parts=0
if [[ ${1:-} == --array ]]; then
  parts=${2:?how many parts?}
  shift 2
fi
if [[ ! -f ${1:-} ]]; then
  echo "usage: slurm/submit.sh [--array N] JOB.ini [sbatch options ...]" >&2
  exit 2
fi
job=$1
shift
export SIGHTLINE_HOME=${SIGHTLINE_HOME:-$(cd "$here/.." && pwd)}

if ((parts > 0)); then
  explain=$(sbatch --parsable --array="1-$parts" "$@" "$here/array.sbatch" "$job")
  finish=$(sbatch --parsable --dependency="afterok:$explain" --kill-on-invalid-dep=yes "$here/finish.sbatch" --merge "$job")
else
  explain=$(sbatch --parsable "$@" "$here/preemptable.sbatch" "$job")
  finish=$(sbatch --parsable --dependency="afterok:$explain" --kill-on-invalid-dep=yes "$here/finish.sbatch" "$job")
fi
echo "explain: job $explain; compare, cluster and report: job $finish. 'sightline status OUTPUT' tells how far it is."
