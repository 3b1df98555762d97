using Hearth.CommandLine;

namespace Hearth.Cli.Completion;

/// <summary>
/// A script for bash: tables of what can follow what, and one function that walks the line through them. Candidates are
/// compared, never evaluated, and the only programs it runs are <c>ps</c>, <c>volume ls</c>, <c>network ls</c>, <c>images</c>, <c>kernel list</c> and <c>context ls</c> for names.
/// </summary>
internal static class BashCompletion
{
    private const string Functions = """

        # Takes the words of $@ that begin like the current word.
        _hearth_offer() {
            local candidate
            for candidate in "$@"; do
                [[ $candidate == "$current"* ]] && COMPREPLY+=("$candidate")
            done
        }

        # Names of containers; ids if no name matches.
        _hearth_containers() {
            local field found
            for field in Names ID; do
                mapfile -t found < <("${COMP_WORDS[0]}" ps -a --format "{{.$field}}" 2>/dev/null)
                _hearth_offer "${found[@]}"
                ((${#COMPREPLY[@]} == 0)) || return 0
            done
        }

        # Offers what is of the kind $1.
        _hearth_kind() {
            local -a choice
            case $1 in
            choice*)
                read -ra choice <<<"${1#choice}"
                _hearth_offer "${choice[@]}"
                ;;
            directory)
                compopt -o filenames 2>/dev/null
                mapfile -t COMPREPLY < <(compgen -d -- "$current")
                ;;
            file)
                compopt -o filenames 2>/dev/null
                mapfile -t COMPREPLY < <(compgen -f -- "$current")
                ;;
            container)
                _hearth_containers
                ;;
            volume)
                mapfile -t choice < <("${COMP_WORDS[0]}" volume ls -q 2>/dev/null)
                _hearth_offer "${choice[@]}"
                ;;
            image)
                mapfile -t choice < <("${COMP_WORDS[0]}" images --format '{{.Repository}}' 2>/dev/null)
                _hearth_offer "${choice[@]}"
                ;;
            network)
                mapfile -t choice < <("${COMP_WORDS[0]}" network ls --format '{{.Name}}' 2>/dev/null)
                _hearth_offer "${choice[@]}"
                ;;
            kernel)
                mapfile -t choice < <("${COMP_WORDS[0]}" kernel list -q 2>/dev/null)
                _hearth_offer "${choice[@]}"
                ;;
            context)
                mapfile -t choice < <("${COMP_WORDS[0]}" context ls -q 2>/dev/null)
                _hearth_offer "${choice[@]}"
                ;;
            esac
        }

        # Finds the kind of value of the flag or short flags $1: sets value, empty if the next word is not a value.
        _hearth_flag() {
            local i
            value=
            if [[ $1 == --* ]]; then
                _hearth_value "$1"
                return
            fi
            for ((i = 1; i < ${#1}; i++)); do
                _hearth_value "-${1:i:1}"
                if [[ -n $value ]]; then
                    ((i + 1 < ${#1})) && value=
                    return
                fi
            done
        }

        _hearth() {
            local current=${COMP_WORDS[COMP_CWORD]} at=hearth value= repeats= ends= only= count=0 word i
            local -a commands flags arguments
            COMPREPLY=()
            _hearth_command
            for ((i = 1; i < COMP_CWORD; i++)); do
                word=${COMP_WORDS[i]}
                if [[ $word == = ]]; then
                    value=${value:-text}
                elif [[ -n $value ]]; then
                    value=
                elif [[ -z $only && $word == -- ]]; then
                    only=yes
                elif [[ -z $only && $word == -?* ]]; then
                    _hearth_flag "$word"
                elif [[ " ${commands[*]} " == *" $word "* ]]; then
                    at="$at $word"
                    _hearth_command
                else
                    count=$((count + 1))
                    [[ -n $ends ]] && only=yes
                fi
            done
            if [[ -n $value ]]; then
                [[ $current == = ]] && current=
                _hearth_kind "$value"
            elif [[ -z $only && $current == -* ]]; then
                _hearth_offer "${flags[@]}"
            elif ((${#commands[@]} > 0)); then
                _hearth_offer "${commands[@]}"
            elif ((count < ${#arguments[@]})); then
                _hearth_kind "${arguments[count]}"
            elif [[ -n $repeats ]]; then
                _hearth_kind "${arguments[-1]}"
            fi
        }

        complete -F _hearth hearth
        """;

    public static void Write(Command root, TextWriter output)
    {
        output.WriteLine("""
            # Completion of hearth for bash, made by 'hearth completion bash'. In this shell:
            #     source <(hearth completion bash)
            # In every shell:
            #     hearth completion bash > /etc/bash_completion.d/hearth

            # What can follow the command in $at.
            _hearth_command() {
                case $at in
            """);
        foreach (Command command in root.All)
        {
            output.WriteLine($"""
                    '{command.FullName}')
                        commands=({string.Join(' ', command.Commands.Select(sub => sub.Name))})
                        flags=({string.Join(' ', command.ShownFlags.SelectMany(flag => flag.Names))})
                        arguments=({string.Join(' ', command.Arguments.Select(argument => Kind(argument.Name)))})
                        repeats={(command.Arguments.Any(argument => argument.Repeats) ? "yes" : "")}
                        ends={(command.FlagsEndAtFirstArgument ? "yes" : "")}
                        ;;
                """);
        }

        output.WriteLine("""
                esac
            }

            # The kind of value of the flag $1 of the command in $at: sets value, empty for a switch.
            _hearth_value() {
                case "$at $1" in
            """);
        foreach ((string kind, string pattern) in root.All.SelectMany(Values))
        {
            output.WriteLine($"    {pattern}) value={kind} ;;");
        }

        output.WriteLine("""
                *) value= ;;
                esac
            }
            """);
        output.WriteLine(Functions);
    }

    private static IEnumerable<(string Kind, string Pattern)> Values(Command command) =>
        from flag in command.ShownFlags
        where !flag.IsSwitch
        select (Kind(flag.ValueName!), string.Join(" | ", flag.Names.Select(name => $"'{command.FullName} {name}'")));

    private static string Kind(string valueName) => CompletedValue.Of(valueName) switch
    {
        { Kind: CompletedKind.Choice } value => $"'choice {string.Join(' ', value.Words)}'",
        { Kind: CompletedKind.Directory } => "directory",
        { Kind: CompletedKind.File } => "file",
        { Kind: CompletedKind.Container } => "container",
        { Kind: CompletedKind.Volume } => "volume",
        { Kind: CompletedKind.Network } => "network",
        { Kind: CompletedKind.Image } => "image",
        { Kind: CompletedKind.Kernel } => "kernel",
        { Kind: CompletedKind.Context } => "context",
        _ => "text",
    };
}
