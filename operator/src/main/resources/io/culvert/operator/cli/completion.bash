
_culvert() {
    local line=${COMP_LINE:0:COMP_POINT} words current candidates candidate
    read -ra words <<<"$line"
    case $line in *[[:space:]]) words+=('') ;; esac
    current=${words[${#words[@]} - 1]}
    candidates=$(unset IFS; _culvert_candidates "$1" "${words[@]:1}")
    COMPREPLY=()
    if [ "$candidates" = '<files>' ]; then
        compopt -o filenames 2>/dev/null
        mapfile -t COMPREPLY < <(compgen -f -- "${current#*=}")
        return
    fi
    while read -r candidate; do
        # What stands before = is a word of its own to bash.
        case $candidate in "$current"?* | "$current") [ -z "$candidate" ] || COMPREPLY+=("${candidate#-*=}") ;; esac
    done <<<"$candidates"
}
complete -F _culvert culvert
