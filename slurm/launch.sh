# Sourced by the scripts of this folder, which are submitted from the folder that the job file's paths start at.
# SIGHTLINE: the program (default: see jobs/places.sh); SIGHTLINE_MPI: srun's --mpi (default pmix, what Open MPI speaks). SIGHTLINE_HOME: the folder that slurm/
# lies in, for sbatch from anywhere else, as with an installed tree: SIGHTLINE_HOME=PREFIX/share/sightline. submit.sh sets it itself.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../jobs/places.sh"

if (($# == 0)); then
  echo "usage: sbatch [options] ${SLURM_JOB_NAME:-SCRIPT} [COMMAND] JOB.ini [--option value ...]" >&2
  exit 2
fi
# A command in front of the job file takes the place of the script's own: focus, bias, train, accuracy ...
given_command=
if [[ $1 =~ ^[a-z]+$ && ! -f $1 ]]; then
  given_command=$1
  shift
fi
export OMP_NUM_THREADS=${OMP_NUM_THREADS:-1}

# launch COMMAND [JOB.ini] [--option value ...]: runs the command on every task of the job. SIGUSR1, which Slurm sends before the time is up, goes on to the ranks;
# they finish what is in flight, save it and end with 75. Returns the program's exit code.
launch() {
  srun --mpi="${SIGHTLINE_MPI:-pmix}" --cpus-per-task="${SLURM_CPUS_PER_TASK:-1}" "$sightline" "$@" &
  local step=$! code=0
  trap 'kill -USR1 "$step"' USR1
  while kill -0 "$step" 2> /dev/null; do # a signal interrupts wait
    code=0
    wait "$step" || code=$?
  done
  trap - USR1
  return "$code"
}

# launch_again COMMAND ...: as above, and where it was stopped by a signal the job goes back into the queue and carries on when it starts again.
launch_again() {
  local code=0
  launch "$@" || code=$?
  if ((code == 75)); then
    echo "stopped by a signal with everything finished saved; back into the queue" >&2
    scontrol requeue "$SLURM_JOB_ID" # of an array, this task's own number
    sleep 60 # Slurm ends this script
  fi
  return "$code"
}
