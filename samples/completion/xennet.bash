# bash completion of xennet, as `xennet completion bash` prints it: the program itself knows its words.
_xennet() {
    local IFS=$'\n' words
    words=$("$1" complete -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2> /dev/null) || return
    if [ "$words" = :files ]; then
        compopt -o filenames 2> /dev/null
        # shellcheck disable=SC2207
        COMPREPLY=($(compgen -f -- "$2"))
    else
        # shellcheck disable=SC2206
        COMPREPLY=($words)
    fi
}
complete -F _xennet xennet
