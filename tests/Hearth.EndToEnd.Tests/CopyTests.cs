using System.Formats.Tar;
using Hearth.EndToEnd.Tests.Support;

namespace Hearth.EndToEnd.Tests;

/// <summary><c>hearth cp</c>, both ways, in one guest.</summary>
public sealed class CopyTests : IDisposable
{
    private readonly Sandbox sandbox = new();

    public CopyTests() => sandbox.Hearth("run", "-d", "--name", "box", BusyboxTree.Make(sandbox), "sleep", "1000");

    public void Dispose()
    {
        sandbox.Run("rm", "-f", "box");
        sandbox.Dispose();
    }

    [Fact]
    public void Files_go_in_and_out_as_they_are()
    {
        string source = sandbox.MakeTree("source", ("plain", "some\n"), ("deep/er/file", "more\n"));
        File.SetUnixFileMode(Path.Combine(source, "plain"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);
        File.CreateSymbolicLink(Path.Combine(source, "link"), "deep/er/file");

        sandbox.Hearth("cp", source, "box:/new");
        Assert.Equal("640 deep/er/file more", sandbox.Hearth("exec", "box", "sh", "-c", "echo $(stat -c %a /new/plain) $(readlink /new/link) $(cat /new/link)"));
        sandbox.Hearth("cp", source, "box:/tmp");
        sandbox.Hearth("cp", source + "/.", "box:/tmp");
        sandbox.Hearth("cp", Path.Combine(source, "plain"), "box:/tmp/named");
        Assert.Equal("deep link named plain source", sandbox.Hearth("exec", "box", "sh", "-c", "cd /tmp && echo *"));

        string back = sandbox.PathOf("back");
        sandbox.Hearth("cp", "box:/new", back);
        Assert.Equal(("some\n", "more\n"), (File.ReadAllText(Path.Combine(back, "plain")), File.ReadAllText(Path.Combine(back, "deep/er/file"))));
        Assert.Equal(File.GetUnixFileMode(Path.Combine(source, "plain")), File.GetUnixFileMode(Path.Combine(back, "plain")));
        Assert.Equal("deep/er/file", new FileInfo(Path.Combine(back, "link")).LinkTarget);
        Assert.Equal(File.GetLastWriteTimeUtc(Path.Combine(source, "plain")), File.GetLastWriteTimeUtc(Path.Combine(back, "plain")), TimeSpan.FromSeconds(1));

        string there = Directory.CreateDirectory(sandbox.PathOf("there")).FullName;
        sandbox.Hearth("cp", "box:/new/.", there);
        sandbox.Hearth("cp", "box:/new/plain", there + "/renamed");
        sandbox.Hearth("cp", "-L", "box:/new/link", there + "/followed");
        Assert.Equal(["deep", "followed", "link", "plain", "renamed"], Directory.EnumerateFileSystemEntries(there).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Equal("more\n", File.ReadAllText(there + "/followed"));

        Assert.Contains("/no/such", sandbox.RunExpecting(125, "cp", "box:/no/such", there).ErrorText, StringComparison.Ordinal);
        Assert.NotEmpty(sandbox.RunExpecting(125, "cp", sandbox.PathOf("missing"), "box:/tmp").ErrorText);
        Assert.Contains("one side has to be in a container", sandbox.RunExpecting(125, "cp", source, there).ErrorText, StringComparison.Ordinal);
    }

    [Fact]
    public void Archives_go_through_pipes_and_hostile_names_go_nowhere()
    {
        string source = sandbox.MakeTree("source", ("plain", "some\n"), ("deep/file", "more\n"));
        Shell($"tar -C '{source}' -c . | '{Programs.Hearth}' cp - box:/tmp");
        Assert.Equal("some\nmore", sandbox.Hearth("exec", "box", "cat", "/tmp/plain", "/tmp/deep/file"));
        Assert.Equal(["tmp/deep/", "tmp/deep/file", "tmp/plain"], Shell($"'{Programs.Hearth}' cp box:/tmp - | tar -t").Split('\n').Where(line => line is not ("" or "tmp/" or "tmp/.keep")).Order(StringComparer.Ordinal));

        Assert.NotEmpty(Unpacking(Entry("../etc/evil")));
        Assert.NotEmpty(Unpacking(Link("out", "/etc"), Entry("out/evil")));
        Assert.Equal(".keep", sandbox.Hearth("exec", "box", "sh", "-c", "cd /etc && for file in .keep evil; do [ ! -e $file ] || echo $file; done"));
        Assert.Equal("ok", sandbox.Hearth("exec", "box", "echo", "ok"));
    }

    /// <summary>Copies an archive of these entries into /tmp, which has to be refused, and gives what was said.</summary>
    private string Unpacking(params TarEntry[] entries)
    {
        using Command copy = sandbox.StartKeeping("cp", "-", "box:/tmp");
        using (TarWriter writer = new(copy.StandardInput))
        {
            foreach (TarEntry entry in entries)
            {
                writer.WriteEntry(entry);
            }
        }

        CommandResult result = copy.Wait();
        Assert.Equal(125, result.ExitCode);
        return result.ErrorText;
    }

    private string Shell(string script)
    {
        using Command command = sandbox.StartProgram("bash", "-o", "pipefail", "-c", script);
        command.CloseInput();
        CommandResult result = command.Wait();
        Assert.True(result.ExitCode == 0, $"{script} ended with {result.ExitCode}: {result.ErrorText}");
        return result.OutputText;
    }

    private static PaxTarEntry Entry(string name) => new(TarEntryType.RegularFile, name) { DataStream = new MemoryStream("evil"u8.ToArray()) };

    private static PaxTarEntry Link(string name, string target) => new(TarEntryType.SymbolicLink, name) { LinkName = target };
}
