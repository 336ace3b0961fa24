# Sources variables files and reports, after each, every exported variable: the one bash child of a run.
#
# Standard input: records that end in NUL: "phase" or the path of a file to source.
# File descriptor 3: records that end in NUL: "file" PATH STATUS, then "line" NAME NUMBER and "value" NAME TEXT.

# The first definition wins; an empty value counts as none.
cexport() {
    local __sk_name="$1"
    shift
    if [ -z "${!__sk_name-}" ]; then
        export "$__sk_name=$*"
        printf '%s\0' line "$__sk_name" "${BASH_LINENO[0]}" >&3
    fi
}

# Before each command: one that exports tells its line. The shell itself does not keep it.
__sk_watch() {
    if [[ $BASH_COMMAND =~ ^(export|declare\ -x|typeset\ -x)\ ([A-Za-z_][A-Za-z_0-9]*)= ]]; then
        printf '%s\0' line "${BASH_REMATCH[2]}" "$1" >&3
    fi
}

__sk_values() {
    local __sk_name
    while IFS= read -r __sk_name; do
        printf '%s\0' value "$__sk_name" "${!__sk_name-}" >&3
    done < <(compgen -e)
}

__sk_defaults() {
    if [ "${SK_CLUSTER_TYPE-}" = minikube ]; then
        cexport CLUSTER_FQN "$SK_CLUSTER.mk"
    fi
}

__sk_values
while IFS= read -r -d '' __sk_file <&4; do
    if [ "$__sk_file" = phase ]; then
        __sk_defaults
    else
        set -o functrace
        trap '__sk_watch "$LINENO"' DEBUG
        source "$__sk_file" </dev/null
        __sk_status=$?
        trap - DEBUG
        set +o functrace
        printf '%s\0' file "$__sk_file" "$__sk_status" >&3
        __sk_values
    fi
done
printf '%s\0' end >&3
