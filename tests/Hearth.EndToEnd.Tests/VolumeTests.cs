using System.Text;
using System.Text.Json;
using Hearth.EndToEnd.Tests.Support;
using Hearth.Fuse;
using Hearth.Fuse.Tests.Support;

namespace Hearth.EndToEnd.Tests;

/// <summary>Directories of the host and named volumes in real guests.</summary>
public sealed class VolumeTests(DebianRoot debian) : IClassFixture<DebianRoot>, IDisposable
{
    private const int HearthFailed = 125;

    private readonly Sandbox sandbox = new();

    public void Dispose() => sandbox.Dispose();

    [Fact]
    public void Guest_and_host_see_each_others_changes_while_the_guest_runs()
    {
        string shared = sandbox.MakeTree("shared", ("from-host", "one\n"), ("sub/file", ""));
        using Command run = sandbox.Start(
            "run", "-i", "-v", $"{shared}:/mnt/shared", debian.Tree, "sh", "-c",
            "cd /mnt/shared; cat from-host; echo of the guest >from-guest; mkdir made; ln -s from-host link; mv sub/file moved; echo ready; read line; cat later; until [ \"$(cat from-host)\" = two ] && [ -e renamed ] && [ ! -e moved ]; do sleep 0.2; done; echo $line");
        run.WaitForOutput("ready\n");
        Assert.Equal("of the guest\n", File.ReadAllText(Path.Combine(shared, "from-guest")));
        Assert.Equal("from-host", new FileInfo(Path.Combine(shared, "link")).LinkTarget);
        Assert.Equal(["from-guest", "from-host", "link", "made", "moved", "sub"], Directory.GetFileSystemEntries(shared).Select(Path.GetFileName).Order());
        File.WriteAllText(Path.Combine(shared, "later"), "seen at once\n");
        File.WriteAllText(Path.Combine(shared, "from-host"), "two\n");
        File.Move(Path.Combine(shared, "moved"), Path.Combine(shared, "renamed"));
        run.StandardInput.Write("seen within a second\n"u8);
        CommandResult result = run.Wait();
        Assert.Equal((0, "one\nready\nseen at once\nseen within a second\n"), (result.ExitCode, result.OutputText));
    }

    [Fact]
    public void What_a_user_makes_is_the_users_and_what_is_not_the_users_is_refused()
    {
        string shared = sandbox.MakeTree("shared", ("roots", "private"));
        File.SetUnixFileMode(shared, (UnixFileMode)0x1ff);
        File.SetUnixFileMode(Path.Combine(shared, "roots"), UnixFileMode.UserRead | UnixFileMode.UserWrite);
        CommandResult result = sandbox.RunExpecting(
            0, "run", "-u", "1234:2345", "-v", $"{shared}:/mnt", debian.Tree, "sh", "-c",
            "cd /mnt; umask 027; echo mine >mine; mkdir dir; cat roots || echo >roots || chmod 777 roots || echo refused");
        Assert.Equal("refused\n", result.OutputText);
        Assert.Equal("1234 2345 640\n1234 2345 750\n0 0 600\n", Command.Tool("stat", "-c", "%u %g %a", Path.Combine(shared, "mine"), Path.Combine(shared, "dir"), Path.Combine(shared, "roots")));
    }

    [Theory]
    [InlineData("ro", "overlay")]
    [InlineData("ro,live", "fuse")]
    public void A_read_only_bind_refuses_every_change(string options, string fileSystem)
    {
        string shared = sandbox.MakeTree("shared", ("file", "as it was\n"));
        CommandResult result = sandbox.RunExpecting(
            0, "run", "-v", $"{shared}:/mnt:{options}", debian.Tree, "sh", "-c",
            "cat /mnt/file; echo x >/mnt/file; touch /mnt/new; rm /mnt/file; awk '$2 == \"/mnt\" { print $3 }' /proc/mounts");
        Assert.Equal($"as it was\n{fileSystem}\n", result.OutputText);
        Assert.Equal(3, result.ErrorText.Split("Read-only file system").Length - 1);
        Assert.Equal(["file"], Directory.GetFileSystemEntries(shared).Select(Path.GetFileName));
    }

    [Fact]
    public void A_single_file_is_shared_at_a_place_that_the_image_lacks()
    {
        string file = Path.Combine(sandbox.MakeTree("shared", ("file", "from the host\n"), ("beside", "")), "file");
        CommandResult result = sandbox.RunExpecting(
            0, "run", "--mount", $"type=bind,source={file},target=/new/place/file", "-v", $"{file}:/etc/hosts", debian.Tree, "sh", "-c",
            "cat /new/place/file /etc/hosts; ls /new/place; echo from the guest >/new/place/file; cat /etc/hosts");
        Assert.Equal("from the host\nfrom the host\nfile\nfrom the guest\n", result.OutputText);
        Assert.Equal("from the guest\n", File.ReadAllText(file));
    }

    [Fact]
    public void Places_lie_within_each_other_in_whatever_order_they_are_given()
    {
        string outer = sandbox.MakeTree("outer", ("of-outer", ""));
        string inner = sandbox.MakeTree("inner", ("of-inner", ""));
        CommandResult result = sandbox.RunExpecting(
            0, "run", "-v", $"{inner}:/a/b/c", "--mount", "type=tmpfs,target=/a/b", "-v", $"{outer}:/a", debian.Tree, "sh", "-c", "cd /a; find . -type f | sort; awk '$2 ~ /^.a/ { print $2, $3 }' /proc/mounts");
        Assert.Equal("./b/c/of-inner\n./of-outer\n/a fuse\n/a/b tmpfs\n/a/b/c fuse\n", result.OutputText);
    }

    [Fact]
    public void Links_of_a_share_lead_nowhere_on_the_host()
    {
        string shared = sandbox.MakeTree("shared", ("file", ""));
        File.WriteAllText(sandbox.PathOf("secret"), "of the host\n");
        File.CreateSymbolicLink(Path.Combine(shared, "absolute"), sandbox.PathOf("secret"));
        File.CreateSymbolicLink(Path.Combine(shared, "relative"), "../secret");
        CommandResult result = sandbox.RunExpecting(
            0, "run", "-v", $"{shared}:/mnt", debian.Tree, "sh", "-c", "cd /mnt; cat absolute relative ../secret; mknod disk b 8 0; ls /mnt/..; true");
        Assert.DoesNotContain("of the host", result.OutputText, StringComparison.Ordinal);
        Assert.Equal(3, result.ErrorText.Split("No such file").Length - 1);
        Assert.Contains("Operation not permitted", result.ErrorText, StringComparison.Ordinal);
    }

    [Fact]
    public void A_source_that_vanishes_leaves_the_guest_running()
    {
        string shared = sandbox.MakeTree("shared", ("file", ""));
        using Command run = sandbox.Start("run", "-i", "-v", $"{shared}:/mnt", debian.Tree, "sh", "-c", "ls /mnt; read line; sleep 1; ls /mnt; touch /mnt/new 2>&1 || echo goes on");
        run.WaitForOutput("file\n");
        Directory.Delete(shared, recursive: true);
        run.StandardInput.Write("\n"u8);
        CommandResult result = run.Wait();
        Assert.Equal(0, result.ExitCode);
        Assert.Contains("No such file or directory\ngoes on\n", result.OutputText, StringComparison.Ordinal);
    }

    /// <summary>A timer of 10 ms, handled with SA_RESTART and without: no call on a regular file or directory ever fails with EINTR.</summary>
    [Theory]
    [InlineData("POSIX::SA_RESTART()")]
    [InlineData("0", Explicit = true)]
    public void Signals_never_interrupt_calls_on_a_share(string flags)
    {
        const string Script = """
            use POSIX (); use Fcntl; use IO::Handle;
            $action = POSIX::SigAction->new(sub { $signals++ }, POSIX::SigSet->new(), FLAGS); $action->safe(1);
            POSIX::sigaction(POSIX::SIGALRM(), $action) or die;
            $timer = pack('q4', 0, 10000, 0, 10000); syscall(38, 0, $timer, 0);
            sub try { my ($name, $result) = @_; $calls++; $failed{"$name: $!"}++ unless $result; }
            for $i (1 .. 150) {
                try('open', sysopen(F, "f$i", O_RDWR | O_CREAT)); try('write', defined syswrite(F, 'x' x 20000));
                try('fsync', F->sync); sysseek(F, 0, 0); try('read', defined sysread(F, $data, 20000)); try('close', close(F));
                try('rename', rename("f$i", "g$i")); try('stat', scalar(@s = stat("g$i"))); try('mkdir', mkdir("d$i"));
                try('opendir', opendir(D, '.')); @names = readdir(D); closedir(D); try('readdir', @names > $i);
                try('link', link("g$i", "l$i")); try('unlink', unlink("l$i")); try('truncate', truncate("g$i", 10)); try('chmod', chmod(0600, "g$i"));
            }
            print $signals > 10 ? 'signals ' : 'no signals ', $calls, map("\n$_ $failed{$_}", sort keys %failed), "\n";
            """;
        CommandResult result = sandbox.RunExpecting(
            0, "run", "-v", $"{sandbox.MakeTree("shared")}:/mnt", "-w", "/mnt", debian.Tree, "perl", "-e", Script.Replace("FLAGS", flags, StringComparison.Ordinal));
        Assert.Equal("signals 2100\n", result.OutputText);
    }

    /// <summary>A killed process is gone at once, though the host answers its request only later.</summary>
    [Fact]
    public async Task A_process_that_is_killed_while_it_waits_for_a_share_is_gone_at_once()
    {
        string shared = sandbox.MakeTree("shared");
        var late = new GatedFile("late", 5000);
        await using FuseSession slow = FuseSession.StartAt(Directory.CreateDirectory(Path.Combine(shared, "slow")).FullName, [late]);
        using Command run = sandbox.Start(
            "run", "-i", "-v", $"{shared}:/mnt", debian.Tree, "bash", "-c",
            "cat /mnt/slow/late & pid=$!; echo started; read line; kill -9 $pid; wait $pid; echo ended $?; read line; wc -c </mnt/slow/late");
        run.WaitForOutput("started\n");
        await late.WaitForReadsAsync(1);
        run.StandardInput.Write("\n"u8);
        run.WaitForOutput("ended 137\n");
        late.Open();
        run.StandardInput.Write("\n"u8);
        CommandResult result = run.Wait();
        Assert.Equal((0, "started\nended 137\n5000\n"), (result.ExitCode, result.OutputText));
    }

    /// <summary>A minute or more on a busy machine; <c>./dev soak</c> runs it.</summary>
    [Fact(Explicit = true)]
    public void Thousands_of_small_files_are_what_they_are_in_a_directory()
    {
        const string Script = """
            cd $1
            for d in {1..20}; do mkdir d$d; for f in {1..100}; do echo "$d $f" >d$d/f$f; done; done
            for d in {1..20}; do mv d$d/f1 d$d/moved; ln d$d/f2 d$d/linked; rm d$d/f3; chmod 600 d$d/f4; done
            """;
        string shared = sandbox.MakeTree("shared");
        string plain = sandbox.MakeTree("plain");
        Command.Tool("bash", "-c", Script, "bash", plain);
        CommandResult result = sandbox.RunExpecting(
            0, "run", "-v", $"{shared}:/mnt", debian.Tree, "bash", "-c", $"{Script}\ncat $(find . -type f | sort) | sha256sum", "bash", "/mnt");
        Assert.Equal(Command.Tool("bash", "-c", "cd $1; cat $(find . -type f | sort) | sha256sum", "bash", plain), result.OutputText);
        const string Listing = "cd $1; find . -mindepth 1 -printf '%P %y %m %U:%G %n %s\n' | sort; find . -type f -print0 | sort -z | xargs -0 sha256sum";
        Assert.Equal(Command.Tool("bash", "-c", Listing, "bash", plain), Command.Tool("bash", "-c", Listing, "bash", shared));
    }

    [Fact]
    public void A_named_volume_stays_and_begins_with_what_the_image_has()
    {
        string[] run = ["run", "-v", "data:/etc/apt", debian.Tree, "sh", "-c"];
        CommandResult first = sandbox.RunExpecting(0, [.. run, "ls /etc/apt; stat -c '%a %u' /etc/apt; chown 12:34 /etc/apt; mkdir /etc/apt/made; echo kept >/etc/apt/made/file; rm -r /etc/apt/trusted.gpg.d"]);
        Assert.Contains("sources.list\n", first.OutputText, StringComparison.Ordinal);
        Assert.DoesNotContain("lost+found", first.OutputText, StringComparison.Ordinal);
        Assert.Contains("755 0\n", first.OutputText, StringComparison.Ordinal);

        CommandResult second = sandbox.RunExpecting(0, "run", "-v", "data:/data:ro", debian.Tree, "sh", "-c", "cat /data/made/file; stat -c '%u %g' /data; ls /data; touch /data/new || echo refused");
        Assert.StartsWith("kept\n12 34\n", second.OutputText, StringComparison.Ordinal);
        Assert.EndsWith("refused\n", second.OutputText, StringComparison.Ordinal);
        Assert.DoesNotContain("trusted.gpg.d", second.OutputText, StringComparison.Ordinal);
        Command.Tool("e2fsck", "-fn", Path.Combine(sandbox.StateDirectory, "volumes", "data", "disk.ext4"));
    }

    [Fact]
    public void A_volume_is_one_writers_or_many_readers_and_survives_a_crash()
    {
        using (Command writer = sandbox.StartKeeping("run", "-i", "--name", "writer", "-v", "data:/data", debian.Tree, "sh", "-c", "echo safe >/data/file; sync; echo ready; read line"))
        {
            writer.WaitForOutput("ready");
            Assert.Contains("in use by another container", sandbox.RunExpecting(HearthFailed, "run", "-v", "data:/data", debian.Tree, "true").ErrorText, StringComparison.Ordinal);
            Assert.Contains("that writes to it", sandbox.RunExpecting(HearthFailed, "run", "-v", "data:/data:ro", debian.Tree, "true").ErrorText, StringComparison.Ordinal);
            Assert.Contains("the container 'writer' has it", sandbox.RunExpecting(1, "volume", "rm", "data").ErrorText, StringComparison.Ordinal);
            Command.Tool("kill", "-KILL", $"{sandbox.KeeperOf("writer")}");
            writer.Wait();
            sandbox.Hearth("rm", "writer");
        }

        Assert.Contains("did not shut down cleanly", sandbox.RunExpecting(HearthFailed, "run", "-v", "data:/data:ro", debian.Tree, "true").ErrorText, StringComparison.Ordinal);
        Assert.Equal("safe\n", sandbox.RunExpecting(0, "run", "-v", "data:/data", debian.Tree, "cat", "/data/file").OutputText);
        using Command reader = sandbox.Start("run", "-i", "-v", "data:/data:ro", debian.Tree, "sh", "-c", "echo ready; read line; cat /data/file");
        reader.WaitForOutput("ready");
        Assert.Equal("safe\n", sandbox.RunExpecting(0, "run", "-v", "data:/data:ro", debian.Tree, "cat", "/data/file").OutputText);
        reader.StandardInput.Write("\n"u8);
        Assert.Equal("ready\nsafe\n", reader.Wait().OutputText);
    }

    [Fact]
    public void A_volume_without_a_name_goes_with_its_container_if_asked_for()
    {
        sandbox.Hearth("run", "--name", "kept", "-v", "/data", debian.Tree, "touch", "/data/file");
        Assert.Equal(64, sandbox.Hearth("volume", "ls", "-q").Length);
        Assert.Equal("", sandbox.Hearth("volume", "prune", "-f"));
        Assert.Equal("kept", sandbox.Hearth("ps", "-a", "--filter", "volume=/data", "--format", "{{.Names}}"));
        Assert.Equal("", sandbox.Hearth("ps", "-a", "--filter", "volume=/other", "--format", "{{.Names}}"));
        JsonElement mount = JsonDocument.Parse(sandbox.Hearth("inspect", "kept")).RootElement[0].GetProperty("Mounts")[0];
        Assert.Equal(("volume", "/data", true), (mount.GetProperty("Type").GetString(), mount.GetProperty("Destination").GetString(), mount.GetProperty("RW").GetBoolean()));
        sandbox.Hearth("rm", "-v", "kept");
        Assert.Equal("", sandbox.Hearth("volume", "ls", "-q"));
        Assert.Equal("ext4\n", sandbox.RunExpecting(0, "run", "-v", "/data", debian.Tree, "sh", "-c", "touch /data/file; awk '$2 == \"/data\" { print $3 }' /proc/mounts").OutputText);
        Assert.Equal("", sandbox.RunExpecting(0, "volume", "ls", "-q").OutputText);
        const string Life = "create mount unmount destroy";
        Assert.Equal($"{Life} {Life}", sandbox.Hearth("events", "--since", "1h", "--until", "0s", "--filter", "type=volume", "--format", "{{.Action}}").ReplaceLineEndings(" "));
    }

    [Fact]
    public void A_volume_without_a_name_stays_otherwise_until_it_is_pruned()
    {
        sandbox.Hearth("run", "--name", "box", "-v", "/data", debian.Tree, "true");
        sandbox.Hearth("rm", "box");
        Assert.Equal(64, sandbox.Hearth("volume", "ls", "-q").Length);
        sandbox.Hearth("volume", "prune", "-f");
        Assert.Equal("", sandbox.Hearth("volume", "ls", "-q"));
    }

    [Fact]
    public void A_prune_asks_first()
    {
        sandbox.Hearth("volume", "create", "data");
        (string Answer, int Status, string Left)[] answers = [("n", 1, "data"), ("", 1, "data"), ("y", 0, "")];
        foreach ((string answer, int status, string left) in answers)
        {
            using Command asked = sandbox.StartProgram("script", "--quiet", "--return", "--command", $"{Programs.Hearth} volume prune --all", "/dev/null");
            asked.StandardInput.Write(Encoding.ASCII.GetBytes(answer + "\n"));
            CommandResult result = asked.Wait();
            Assert.Equal(status, result.ExitCode);
            Assert.Contains("This removes all volumes that no container uses, with their contents. Continue? [y/N] ", result.OutputText, StringComparison.Ordinal);
            Assert.Equal(left, sandbox.Hearth("volume", "ls", "-q"));
        }

        foreach (string what in (string[])["volume", "network", "image", "system"])
        {
            Assert.StartsWith("hearth: cannot ask for confirmation: standard input is not a terminal; give --force\n", sandbox.RunExpecting(HearthFailed, what, "prune").ErrorText, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void More_volumes_than_a_machine_takes_are_refused_with_the_count()
    {
        string[] volumes = [.. Enumerable.Range(0, 17).SelectMany(i => new[] { "--mount", $"source=data{i},target=/data{i},volume-opt=size=16m" })];
        string error = sandbox.RunExpecting(HearthFailed, ["run", .. volumes, debian.Tree, "true"]).ErrorText;
        Assert.Matches("18 drives are too many: this machine takes (7|17)[^0-9]", error);
        Assert.Contains("each volume one", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Sources_that_cannot_be_had_are_refused_and_one_of_the_short_form_is_made()
    {
        string missing = sandbox.PathOf("missing");
        Assert.Contains($"cannot bind '{missing}': it does not exist", sandbox.RunExpecting(HearthFailed, "run", "--mount", $"type=bind,source={missing},target=/mnt", debian.Tree, "true").ErrorText, StringComparison.Ordinal);
        Assert.Contains("neither a directory nor a regular file", sandbox.RunExpecting(HearthFailed, "run", "-v", "/dev/null:/mnt", debian.Tree, "true").ErrorText, StringComparison.Ordinal);
        Assert.Contains("not a directory: one of the two is a directory and the other is a file", sandbox.RunExpecting(HearthFailed, "run", "-v", $"{sandbox.MakeTree("d")}:/etc/issue", debian.Tree, "true").ErrorText, StringComparison.Ordinal);
        sandbox.RunExpecting(0, "run", "-v", $"{missing}:/mnt", debian.Tree, "touch", "/mnt/made");
        Assert.True(File.Exists(Path.Combine(missing, "made")));
    }

    [Fact]
    public void Volumes_are_made_listed_and_removed_by_name()
    {
        Assert.Equal("data\n", sandbox.RunExpecting(0, "volume", "create", "--size", "64m", "--label", "for=tests", "data").OutputText);
        string anonymous = sandbox.RunExpecting(0, "volume", "create", "--size", "64m").OutputText.Trim();
        Assert.Equal([anonymous, "data"], sandbox.RunExpecting(0, "volume", "ls", "-q").OutputText.Split('\n', StringSplitOptions.RemoveEmptyEntries).OrderBy(name => name.Length).Reverse());
        JsonElement volume = JsonDocument.Parse(sandbox.RunExpecting(0, "volume", "inspect", "data").OutputText).RootElement[0];
        Assert.Equal(("data", 64 << 20, "tests"), (volume.GetProperty("name").GetString(), volume.GetProperty("sizeInBytes").GetInt32(), volume.GetProperty("labels").GetProperty("for").GetString()));
        Assert.Contains("VOLUME NAME", sandbox.RunExpecting(0, "volume", "ls").OutputText, StringComparison.Ordinal);
        Assert.Equal("data local tests", sandbox.Hearth("volume", "inspect", "-f", "{{.Name}} {{.Driver}} {{.Labels.for}}", "data"));
        Assert.Equal("data", sandbox.Hearth("volume", "ls", "-q", "--filter", "label=for=tests", "--filter", "dangling=true", "-f", "driver=local", "-f", "name=dat"));
        Assert.Equal("", sandbox.Hearth("volume", "ls", "-q", "--filter", "dangling=false"));
        Assert.Equal("", sandbox.Hearth("volume", "prune", "-f", "--filter", "all=true", "--filter", "label=for=others"));
        Assert.Equal("", sandbox.Hearth("volume", "rm", "-f", "none")["none".Length..]);
        Assert.Contains("invalid filter 'dangling=maybe': give true or false", sandbox.RunExpecting(125, "volume", "ls", "-f", "dangling=maybe").ErrorText, StringComparison.Ordinal);
        Assert.Contains("invalid filter 'size=1'", sandbox.RunExpecting(125, "volume", "ls", "-f", "size=1").ErrorText, StringComparison.Ordinal);
        Assert.Contains("there is size=SIZE", sandbox.RunExpecting(125, "volume", "create", "--opt", "type=nfs").ErrorText, StringComparison.Ordinal);
        Assert.Contains("data", sandbox.Hearth("system", "df", "-v"), StringComparison.Ordinal);
        Assert.Equal("data", sandbox.Hearth("inspect", "-f", "{{.Name}}", "data"));
        Assert.Equal($"{anonymous}\n", sandbox.RunExpecting(0, "volume", "prune", "-f", "--filter", "label!=for").OutputText);
        CommandResult removed = sandbox.RunExpecting(1, "volume", "rm", "none", "data");
        Assert.Equal(("data\n", true), (removed.OutputText, removed.ErrorText.Contains("there is no volume 'none'", StringComparison.Ordinal)));
        Assert.Equal("[]", sandbox.RunExpecting(0, "volume", "ls", "--format", "json").OutputText.Trim());
    }
}
