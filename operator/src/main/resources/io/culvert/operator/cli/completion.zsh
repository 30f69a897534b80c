
_culvert() {
    local found line=("${(@)words[1,CURRENT]}")
    found=$(emulate sh; _culvert_candidates "${line[@]}")
    case $found in
        '') return 1 ;;
        '<files>') compset -P '-*='; _files ;;
        *) compadd -- "${(@f)found}" ;;
    esac
}
(( $+functions[compdef] )) || { autoload -Uz compinit && compinit; }
compdef _culvert culvert
