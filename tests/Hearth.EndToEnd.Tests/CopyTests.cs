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
        Assert.Contains("one side must be in a container", sandbox.RunExpecting(125, "cp", source, there).ErrorText, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--rm=false")]
    [InlineData("--scratch=16m", Explicit = true)]
    [InlineData("--rm", Explicit = true)]
    public void A_container_that_does_not_run_is_copied_into_and_from(string flag)
    {
        string source = sandbox.MakeTree("source", ("given", "before\n")), data = sandbox.MakeTree("data");
        sandbox.Hearth("create", "--name", "rest", flag, "-v", $"{data}:/data", sandbox.PathOf("busybox"), "sh", "-c", "cat /tmp/given /data/given; echo own >/tmp/own");
        sandbox.Hearth("cp", $"{source}/given", "rest:/tmp/given");
        sandbox.Hearth("cp", $"{source}/given", "rest:/data");
        Assert.Equal("before\n", File.ReadAllText($"{data}/given"));
        Assert.Contains("A /tmp/given", sandbox.Hearth("diff", "rest"), StringComparison.Ordinal);
        Assert.Contains("/no/such", sandbox.RunExpecting(125, "cp", "rest:/no/such", source).ErrorText, StringComparison.Ordinal);
        Assert.Equal("created", sandbox.Inspect("rest", "State.Status"));

        Assert.Equal("before\nbefore", sandbox.Hearth("start", "-a", "rest"));
        if (flag != "--rm")
        {
            sandbox.Hearth("cp", "rest:/tmp/.", sandbox.PathOf("back"));
            Assert.Equal([".keep", "given", "own"], Directory.EnumerateFileSystemEntries(sandbox.PathOf("back")).Select(Path.GetFileName).Order(StringComparer.Ordinal));
            sandbox.Hearth("rm", "rest");
        }
    }

    /// <summary>What came back is what went in, with all that <c>cp -a</c> keeps.</summary>
    [Fact]
    public void A_tree_that_goes_in_and_comes_out_is_the_same_to_the_byte()
    {
        string source = sandbox.MakeTree("exact");
        Shell($"cd '{source}'; " +
            @"printf 1 >$'n\xff'; printf 2 >$'n\xfe'; printf 3 >$'n\xef\xbf\xbd'; ln -s $'to\xff' $'l\xff'; ln $'n\xff' $'h\xfe'; mkdir -p $'d\xff/e'; printf 4 >$'d\xff/e/'$(printf 'x%.0s' {1..200}); " +
            "cp /bin/busybox tool; setcap cap_net_raw+ep tool; cp /bin/busybox suid; chown 12:34 suid; chmod 6755 suid; setfattr -n trusted.note -v root tool; " +
            "truncate -s 8M holes; printf x | dd of=holes bs=1 seek=4000000 conv=notrunc status=none; mknod null c 1 3; mkfifo fifo; " +
            "touch -d '2001-02-03 04:05:06.123456789' tool suid holes; touch -hd '1999-01-01 00:00:00.5' l*; chown -h 7:8 l*; touch -d '2010-01-01 00:00:00.25' d* .");
        string expected = Describe(source);
        string back = sandbox.PathOf("back");

        sandbox.Hearth("cp", "-a", source, "box:/tmp/exact");
        sandbox.Hearth("cp", "-a", "box:/tmp/exact", back);
        Assert.Equal(expected, Describe(back));

        // Through archives, and by names that no text can be.
        Shell($@"mkdir '{back}2'; '{Programs.Hearth}' cp box:/tmp/exact/. - | '{Programs.Hearth}' cp - box:/tmp; '{Programs.Hearth}' cp -a $'box:/tmp/d\xff' $'{back}2/o\xfe'; '{Programs.Hearth}' cp -a $'{back}2/o\xfe/.' $'box:/tmp/i\xff'; '{Programs.Hearth}' cp -a $'box:/tmp/i\xff' '{back}2'");
        const string List = @"LC_ALL=C; find . -printf '%p %m %T@\n' | sort";
        Assert.Equal(Shell($@"cd $'{source}/d\xff'; {List}"), Shell($@"cd $'{back}2/i\xff'; {List}"));
    }

    [Fact]
    public void Without_archive_files_are_roots_inside_and_the_callers_outside()
    {
        string source = sandbox.MakeTree("plain", ("file", "content"));
        Shell($"cd '{source}'; chown 12:34 file; chmod 4755 file; setcap cap_net_raw+ep file; mknod null c 1 3");

        sandbox.Hearth("cp", source, "box:/tmp/plain");
        Assert.Equal("4755 0:0", sandbox.Hearth("exec", "box", "stat", "-c", "%a %u:%g", "/tmp/plain/file"));
        CommandResult copy = sandbox.RunExpecting(0, "cp", "box:/tmp/plain", sandbox.PathOf("out"));
        Assert.Equal("hearth: warning: out/null: a device was left out\n", copy.ErrorText);
        Assert.Equal("755 0:0\n", Shell($"cd '{sandbox.PathOf("out")}'; stat -c '%a %u:%g' file; getcap file"));
    }

    [Fact]
    public void Links_on_the_host_that_lead_out_of_the_target_are_not_followed()
    {
        string outside = sandbox.MakeTree("outside", ("file", "as it was"));
        string target = sandbox.MakeTree("target");
        File.CreateSymbolicLink(Path.Combine(target, "way"), outside);
        File.CreateSymbolicLink(Path.Combine(target, "file"), Path.Combine(outside, "file"));
        sandbox.Hearth("exec", "box", "sh", "-c", "mkdir -p /tmp/c/way; echo evil >/tmp/c/way/file; echo new >/tmp/file");

        Assert.Contains("cannot overwrite a non-directory", sandbox.RunExpecting(125, "cp", "-a", "box:/tmp/c/.", target).ErrorText, StringComparison.Ordinal);
        sandbox.Hearth("cp", "-a", "box:/tmp/file", target);
        Assert.Equal(("as it was", "new\n"), (File.ReadAllText(Path.Combine(outside, "file")), File.ReadAllText(Path.Combine(target, "file"))));
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

    /// <summary>One line a file with all that <c>cp -a</c> keeps, and the blocks that it takes.</summary>
    private string Describe(string tree) => Shell($"cd '{tree}'; export LC_ALL=C; " + @"find . -printf '%p %M %U:%G %T@ %n %l %y\n' | sed 's/^\([^ ]* d[^ ]* [^ ]* [^ ]*\) [0-9]*/\1/' | sort; find . -type f -printf '%s %b ' -exec sha256sum {} \; | sort; find . -type c -exec stat -c '%n %t %T' {} +; getfattr -hd -m 'user\|trusted\|security.capability' -R . 2>/dev/null");

    private string Shell(string script)
    {
        using Command command = sandbox.StartProgram("bash", "-e", "-o", "pipefail", "-c", script);
        command.CloseInput();
        CommandResult result = command.Wait();
        Assert.True(result.ExitCode == 0, $"{script} ended with {result.ExitCode}: {result.ErrorText}");
        return result.OutputText;
    }

    private static PaxTarEntry Entry(string name) => new(TarEntryType.RegularFile, name) { DataStream = new MemoryStream("evil"u8.ToArray()) };

    private static PaxTarEntry Link(string name, string target) => new(TarEntryType.SymbolicLink, name) { LinkName = target };
}
