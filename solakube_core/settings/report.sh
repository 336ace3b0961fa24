# Sources variables files and reports what they export: the one bash child of a run, started with `bash -p`.
#
# Usage: report.sh DESCRIPTOR CLUSTER TYPE FILE... -- FILE... (context files first, then all others)
#
# Written to the descriptor, each field ended by NUL:
#   run FILE LINE COMMAND            before each command of a file
#   cexport FILE LINE NAME           a cexport that took effect
#   failed FILE LINE COMMAND STATUS  a command failed, and nothing more is read
#   syntax FILE MESSAGES             a file is no bash, and none of it was read
#   verbose FILE                     a file has each line shown, and nothing more is read
#   value NAME VALUE                 at the end, every exported variable
#   end                              all files were read to their end
#
# It runs on bash 3.2, too, which is what macOS has. Names of its own begin with __sk_.

__sk_self=${BASH_SOURCE[0]}
__sk_descriptor=$1
__sk_cluster=$2
__sk_type=$3
__sk_defaults=$'\n'
__sk_files=('' '')
shift 3

__sk_report() {
    builtin printf '%s\0' "$@" >&"$__sk_descriptor"
}

# A default lets files use a variable. What a file sets itself always beats it.
__sk_default() {
    if [[ -z ${!1-} ]]; then
        builtin export "$1=$2"
        __sk_defaults+="$1=$2"$'\n'
    fi
}

# The first definition wins; an empty value counts as none.
cexport() {
    if [[ ! ${1-} =~ ^[A-Za-z_][A-Za-z_0-9]*$ ]]; then
        builtin printf 'cexport: not the name of a variable: %s\n' "${1-}" >&2
        return 2
    fi
    if [[ -n ${!1-} && $__sk_defaults != *$'\n'"$1=${!1}"$'\n'* ]]; then
        return 0
    fi
    local IFS=' '
    builtin export "$1=${*:2}" && __sk_report cexport "${BASH_SOURCE[1]}" "${BASH_LINENO[0]}" "$1"
}

# Tracing would show secrets. With -x the shell tells each command's values: it is turned off before one is carried out,
# by the first words of the trap, which would be traced themselves and so say nothing.
# With -v it tells each line when it is read, and no trap can turn that off: the files are given up. What it tells
# before that goes nowhere: nothing is said between a command that may turn it on and the next one.
__sk_untrace='{ [[ $- != *x* ]] || { __sk_traced=yes; builtin set +x; }; } 2>/dev/null'
__sk_traced=
__sk_hushed=

# The words of a command are as they are written: quotes are left out, and a variable in the place of its name is filled
# in. What `eval` is given comes here command by command.
__sk_hush() {
    local __sk_words=${1//[\"\'\\]/} __sk_named
    __sk_named=${__sk_words#\$}
    __sk_named=${__sk_named#\{}
    __sk_named=${__sk_named%%[!A-Za-z_0-9]*}
    if [[ $__sk_words == \$* && $__sk_named == [A-Za-z_]* ]]; then
        __sk_words=${!__sk_named-}${__sk_words#*"$__sk_named"}
        __sk_words=${__sk_words/\}/}
    fi
    case $__sk_words in
    set*-*v* | set*verbose* | shopt*verbose* | set*\$* | shopt*\$* | builtin*set* | command*set*)
        exec 98>&2 2>/dev/null
        __sk_hushed=yes
        ;;
    esac
}

__sk_speak() {
    if [[ $- == *v* ]]; then
        __sk_report verbose "${__sk_files[1]}"
        builtin exit 1
    fi
    if [[ -n $__sk_hushed ]]; then
        exec 2>&98 98>&-
        __sk_hushed=
    fi
    if [[ $__sk_traced == yes ]]; then
        builtin printf 'note: %s: set -x does nothing here, since it would show secrets\n' "${__sk_files[1]}" >&2
        __sk_traced=told
    fi
}

# Before each command. The shell does not keep where a variable was set, so it is told from the commands.
# errexit is undone: what fails is reported anyway, and it would end the shell at a last `[ ... ] && ...`.
__sk_on_command() {
    __sk_speak
    if [[ $1 != "$__sk_self" ]]; then
        set +e
        __sk_files=("${__sk_files[1]}" "$1")
        __sk_report run "$1" "$2" "$3"
        __sk_hush "$3"
    fi
}

# After a command that failed outside of conditions. A test that is false is no failure: not as a command, nor as
# the last one of a function or of a file that was sourced (status 1, and that file's commands were run; the very
# last command seen is the trap itself).
__sk_on_failure() {
    local __sk_word=${4%%[[:space:]]*}
    [[ $2 != "$__sk_self" ]] || return 0
    case $__sk_word in
    '[' | '[[' | '(('* | test | let | read) return 0 ;;
    . | source) [[ $1 != 1 || ${__sk_files[0]} == "$2" ]] || return 0 ;;
    cexport) ;;
    *) ! builtin declare -F "$__sk_word" >/dev/null || return 0 ;;
    esac
    __sk_report failed "$2" "$3" "$4" "$1"
    builtin exit 1
}

__sk_read() {
    local __sk_messages
    # extglob, so that files that use it are not refused: -n does not carry their `shopt` out.
    if ! __sk_messages=$(LC_ALL=C "$BASH" -O extglob -n "$1" 2>&1); then
        __sk_report syntax "$1" "$__sk_messages"
        builtin exit 1
    fi
}

# Files may leave any option and any separator behind.
__sk_reset() {
    set +efuxv +o posix +o noclobber
    IFS=$' \t\n'
}

__sk_default SK_CLUSTER "$__sk_cluster"
# A number that is none makes bash give up all that it is in the middle of, this loop as well, and a file may leave it.
__sk_whole=yes
for __sk_file; do
    [[ -n $__sk_whole ]] || break
    if [[ $__sk_file == -- ]]; then
        __sk_default SK_CLUSTER_TYPE "$__sk_type"
        [[ $SK_CLUSTER_TYPE != minikube ]] || __sk_default CLUSTER_FQN "$SK_CLUSTER.mk"
        continue
    fi
    __sk_read "$__sk_file"
    set -ET
    trap "$__sk_untrace"'; __sk_on_command "${BASH_SOURCE[0]}" "$LINENO" "$BASH_COMMAND"' DEBUG
    trap '__sk_on_failure "$?" "${BASH_SOURCE[0]}" "$LINENO" "$BASH_COMMAND"' ERR
    __sk_whole=
    builtin source "$__sk_file"
    __sk_whole=yes
    trap - DEBUG ERR
    set +ET
    __sk_reset
done
[[ -n $__sk_whole ]] || builtin exit 1
for __sk_name in $(builtin compgen -e); do
    __sk_report value "$__sk_name" "${!__sk_name-}"
done
__sk_report end
