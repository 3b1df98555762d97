using System.Diagnostics;
using System.Text;
using Hearth.Linux.Processes;

namespace Hearth.Cli.Tests.Completion;

/// <summary>The scripts that shells complete with: bash itself runs its own.</summary>
public sealed class ShellCompletionTests : IDisposable
{
    private readonly string place = Directory.CreateTempSubdirectory("hearth-cli-").FullName;

    /// <summary>Lines up to the cursor: the last word is the one that is completed.</summary>
    [Theory]
    [InlineData("hearth ro", "rootfs")]
    [InlineData("hearth rootfs ", "plan serve build dump bench")]
    [InlineData("hearth rootfs pl", "plan")]
    [InlineData("hearth completion ", "bash zsh fish")]
    [InlineData("hearth nothing", "")]
    [InlineData("hearth run --scr", "--scratch")]
    [InlineData("hearth --run-", "--run-dir")]
    [InlineData("hearth cache ls --run-", "--run-dir")]
    [InlineData("hearth --run-dir run ca", "cache")]
    [InlineData("hearth run -it --vmm ", "auto firecracker qemu")]
    [InlineData("hearth run --vmm q", "qemu")]
    [InlineData("hearth run --vmm = q", "qemu")]
    [InlineData("hearth run --vmm =", "auto firecracker qemu")]
    [InlineData("hearth run --memory ", "")]
    [InlineData("hearth run -m ", "")]
    [InlineData("hearth run -im ", "")]
    [InlineData("hearth run -m512m tr", "tree")]
    [InlineData("hearth run --tty = false tr", "tree")]
    [InlineData("hearth run tr", "tree")]
    [InlineData("hearth run --console f", "file.txt")]
    [InlineData("hearth run tree -", "")]
    [InlineData("hearth run -- -", "")]
    [InlineData("hearth rootfs dump f", "file.txt")]
    [InlineData("hearth rootfs dump file.txt f", "")]
    public void Words_are_completed(string line, string expected)
    {
        Directory.CreateDirectory(Path.Combine(place, "tree"));
        File.WriteAllText(Path.Combine(place, "file.txt"), "");
        Assert.Equal(expected.Split(' ', StringSplitOptions.RemoveEmptyEntries).Order(), Complete(Print("bash"), line.Split(' ')).Order());
    }

    [Theory]
    [InlineData("", "web db 4f")]
    [InlineData("w", "web")]
    [InlineData("012", "0123ab")]
    [InlineData("x", "")]
    public void Containers_are_asked_of_ps_and_their_names_are_never_run(string word, string expected)
    {
        AssertCompletes("container", expected, word, """
            case "$*" in
            "ps -a --format {{.Names}}") printf '%s\n' web db 4f '$(touch ran)' ;;
            "ps -a --format {{.ID}}") printf '%s\n' 0123ab 4f5c ;;
            *) exit 1 ;;
            esac
            """);
    }

    [Theory]
    [InlineData("", "data db")]
    [InlineData("da", "data")]
    public void Volumes_are_asked_of_their_list(string word, string expected) => AssertCompletes("volume", expected, word, """
        [ "$*" = "volume ls -q" ] && printf '%s\n' data db '$(touch ran)'
        """);

    [Theory]
    [InlineData("", "debian example.com/app")]
    [InlineData("d", "debian")]
    public void Images_are_asked_of_their_list(string word, string expected) => AssertCompletes("image", expected, word, """
        [ "$*" = "images --format {{.Repository}}" ] && printf '%s\n' debian example.com/app '$(touch ran)'
        """);

    [Theory]
    [InlineData("", "nat front")]
    [InlineData("f", "front")]
    public void Networks_are_asked_of_their_list(string word, string expected) => AssertCompletes("network", expected, word, """
        [ "$*" = "network ls --format {{.Name}}" ] && printf '%s\n' nat front '$(touch ran)'
        """);

    [Theory]
    [InlineData("", "6.1.0 image-0a")]
    [InlineData("6", "6.1.0")]
    public void Kernels_are_asked_of_their_list(string word, string expected) => AssertCompletes("kernel", expected, word, """
        [ "$*" = "kernel list -q" ] && printf '%s\n' 6.1.0 image-0a '$(touch ran)'
        """);

    private void AssertCompletes(string kind, string expected, string word, string answer)
    {
        string script = Print("bash").Replace("arguments=(directory text)", $"arguments=({kind})", StringComparison.Ordinal);
        string program = Path.Combine(place, "hearth");
        File.WriteAllText(program, "#!/bin/sh\n" + answer);
        File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        Assert.Equal(expected.Split(' ', StringSplitOptions.RemoveEmptyEntries), Complete(script, [program, "run", word]).Where(candidate => candidate[0] != '$'));
        Assert.False(File.Exists(Path.Combine(place, "ran")));
    }

    [Fact]
    public void The_script_names_every_command_and_flag_there_is()
    {
        string script = Print("bash");
        Assert.Contains("'hearth rootfs bench')", script, StringComparison.Ordinal);
        Assert.Contains("'hearth run --kernel') value=kernel", script, StringComparison.Ordinal);
        Assert.Contains("'hearth events --filter' | 'hearth events -f') value=text", script, StringComparison.Ordinal);
        Assert.Contains("'hearth run --rootfs-mode') value='choice auto lazy squashfs ext4'", script, StringComparison.Ordinal);
    }

    /// <summary>Installed or not, they must be whole; where the shell is there, it reads them.</summary>
    [Theory]
    [InlineData("zsh",
        "_hearth_rootfs_plan() {",
        "'plan:",
        "'*'{--env=,-e+}'[set a variable; without a value, take the caller'\\''s]:NAME\\[=VALUE\\]: '",
        "'(--tty -t)'{--tty,-t}'[allocate a terminal]'",
        "'1::ROOT:_directories'",
        "'*:COMMAND: '")]
    [InlineData("fish",
        "complete -c hearth -n '__hearth_at hearth rootfs' -a plan -d ",
        "-l env -s e -r -f -d 'set a variable; without a value, take the caller\\'s'",
        "complete -c hearth -n '__hearth_at hearth run' -f -a '(__fish_complete_directories)'")]
    public void Other_shells_have_scripts_of_the_same_commands(string shell, params string[] parts)
    {
        string script = Print(shell);
        Assert.All(parts, part => Assert.Contains(part, script, StringComparison.Ordinal));
        string file = Path.Combine(place, "script");
        File.WriteAllText(file, script);
        if (new[] { "/bin", "/usr/bin", "/usr/local/bin" }.Any(directory => File.Exists($"{directory}/{shell}")))
        {
            Assert.Equal("", Run(shell, ["-n", file]));
        }
    }

    public void Dispose() => Directory.Delete(place, recursive: true);

    private static string Print(string shell)
    {
        using var output = new StringWriter();
        var context = new CommandContext { Output = output, Error = TextWriter.Null, Environment = HostEnvironment.Empty, StartTimestamp = 0 };
        Assert.Equal(0, new HearthProgram(context).RunAsync(["completion", shell]).GetAwaiter().GetResult());
        return output.ToString();
    }

    private string[] Complete(string script, string[] words)
    {
        File.WriteAllText(Path.Combine(place, "script"), script);
        string quoted = string.Join(' ', words.Select(word => $"'{word}'"));
        string program = $"source ./script; COMP_WORDS=({quoted}); COMP_CWORD={words.Length - 1}; _hearth; printf '%s\\n' \"${{COMPREPLY[@]}}\"";
        return Run("bash", ["--norc", "-c", program]).Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    /// <summary>Output and errors together: a script that complains is no good.</summary>
    private string Run(string program, string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = place, StandardOutputEncoding = Encoding.UTF8 };
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return output + errors.GetAwaiter().GetResult();
    }
}
