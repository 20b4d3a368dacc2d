/// The shells' parts of completing: each asks the program on the command line what the word may be.
enum ShellScripts {
    static let bash = #"""
        # bash completion for lunad
        _lunad() {
            local program=${COMP_WORDS[0]} words=() word glue= answer line cut=
            [[ $program == '~/'* ]] && program=$HOME/${program:2}
            # The shell takes words apart at '=': they are put together again.
            for word in "${COMP_WORDS[@]:1:COMP_CWORD}"; do
                if ((${#words[@]})) && [[ -n $glue || $word == '=' ]]; then
                    words[-1]+=$word
                else
                    words+=("$word")
                fi
                glue=
                [[ $word == '=' ]] && glue=1
            done
            word=${words[-1]-}
            [[ $word == *=* && $COMP_WORDBREAKS == *=* ]] && cut=${word%%=*}=
            COMPREPLY=()
            mapfile -t answer < <("$program" complete -- "${words[@]}" 2>/dev/null)
            case ${answer[0]-} in
                :files | :folders)
                    compopt -o filenames 2>/dev/null
                    local what=-f
                    [[ ${answer[0]} == :folders ]] && what=-d
                    mapfile -t COMPREPLY < <(compgen "$what" -- "${word#"$cut"}")
                    ;;
                :words)
                    for line in "${answer[@]:1}"; do
                        line=${line%%$'\t'*}
                        COMPREPLY+=("${line#"$cut"}")
                    done
                    [[ ${#COMPREPLY[@]} == 1 && ${COMPREPLY[0]} == *= ]] && compopt -o nospace 2>/dev/null
                    ;;
            esac
            return 0
        }
        complete -F _lunad lunad

        """#

    static let zsh = #"""
        #compdef lunad
        # zsh completion for lunad
        _lunad() {
            local -a answer ready open
            local line word
            answer=("${(@f)$("${(Q)words[1]/#\~\//$HOME/}" complete -- "${(@Q)words[2,CURRENT-1]}" "${(Q)PREFIX}" 2>/dev/null)}")
            case $answer[1] in
                :files) _files ;;
                :folders) _files -/ ;;
                :words)
                    for line in "${(@)answer[2,-1]}"; do
                        [[ -n $line ]] || continue
                        word=${line%%$'\t'*}
                        if [[ $word == *= ]]; then
                            open+=("${word//:/\\:}:${line#*$'\t'}")
                        else
                            ready+=("${word//:/\\:}:${line#*$'\t'}")
                        fi
                    done
                    (( $#ready )) && _describe -V lunad ready
                    (( $#open )) && _describe -V lunad open -S ''
                    (( $#ready + $#open ))
                    ;;
            esac
        }
        if [[ $funcstack[1] == _lunad ]]; then
            _lunad "$@"
        else
            compdef _lunad lunad
        fi

        """#

    static let fish = #"""
        # fish completion for lunad
        function __lunad_complete
            set -l words (commandline -opc)
            set -l program (string replace -r '^~/' "$HOME/" -- $words[1])
            set -e words[1]
            set -l current (commandline -ct)
            set -l answer ($program complete -- $words "$current" 2>/dev/null)
            set -l kind $answer[1]
            set -e answer[1]
            switch "$kind"
                case :files
                    __fish_complete_path "$current"
                case :folders
                    __fish_complete_directories "$current" ''
                case :words
                    printf '%s\n' $answer
            end
        end
        complete -c lunad -f -a '(__lunad_complete)'

        """#
}
