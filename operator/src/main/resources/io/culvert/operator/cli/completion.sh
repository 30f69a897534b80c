# What culvert's commands take, for both shells.

_culvert_commands() { # COMMAND: its subcommands
    case $1 in
@COMMANDS@
    esac
}

_culvert_options() { # COMMAND: its options; = is behind those that take a value
    case $1 in
@OPTIONS@
    esac
}

_culvert_values() { # "COMMAND OPTION": what may follow
    case $1 in
@VALUES@
    esac
}

_culvert_arguments() { # COMMAND: what may stand in it
    case $1 in
@ARGUMENTS@
    esac
}

# KIND PREFIX: names of that kind behind the prefix. Silent where etcd does not answer at once.
_culvert_names() (
    set -f
    # shellcheck disable=SC2086
    timeout 2 "$program" get "$1" -o name $connection 2>/dev/null </dev/null | sed "s|^.*/|$2|"
)

# Replaces a <word> by what it stands for; <files> is left to the shell.
_culvert_resolve() { # PREFIX
    local words
    while read -r words; do
        case $words in
            '<nodes>') _culvert_names node "$1" ;;
            '<pools>') _culvert_names ippool "${1}ippool/" ;;
            '<kinds>')
                case $current in
                    */*) _culvert_names "${current%%/*}" "${current%%/*}/" ;;
                    *) if [ -n "$argument" ]; then _culvert_names "$argument" ''; else printf '%s\n' @KINDS@; fi ;;
                esac
                ;;
            '<files>') echo '<files>' ;;
            *) printf '%s\n' "$words" | tr ' ' '\n' | sed "s|^|$1|" ;;
        esac
    done
}

# PROGRAM WORD...: what the last word may become, one a line; needs the word splitting of sh.
_culvert_candidates() {
    local program=$1 current='' command='' option='' argument='' connection='' word
    shift
    while [ $# -gt 1 ]; do
        word=$1
        shift
        if [ -n "$option" ]; then
            case $option in --etcd-* | -c | --config) connection="$connection $option $word" ;; esac
            option=
            continue
        fi
        case $word in
            --etcd-*=* | --config=*) connection="$connection $word" ;;
            -*) case " $(_culvert_options "$command") " in *" $word= "*) option=$word ;; esac ;;
            *)
                case " $(_culvert_commands "$command") " in
                    *" $word "*) command=${command:+$command }$word ;;
                    *) argument=${argument:-$word} ;;
                esac
                ;;
        esac
    done
    current=$1
    if [ -n "$option" ]; then
        _culvert_values "$command $option" | _culvert_resolve ''
        return
    fi
    case $current in
        -*=*) _culvert_values "$command ${current%%=*}" | _culvert_resolve "${current%%=*}=" ;;
        -*) _culvert_options "$command" | tr -d = | _culvert_resolve '' ;;
        *)
            _culvert_commands "$command" | _culvert_resolve ''
            _culvert_arguments "$command" | _culvert_resolve ''
            ;;
    esac
}
