using Hearth.Shares.Tests.Support;

namespace Hearth.Shares.Tests;

/// <summary>Who may do what on a share, and whose what is made there: as on the host's own file system.</summary>
public sealed class ShareUserTests
{
    private const string Worker = "as() { setpriv --reuid 1000 --regid 1000 --groups 2000 --inh-caps=-all --bounding-set=-all bash -c \"$1\"; }\n";

    public static TheoryData<string, string> Scripts => new()
    {
        { "what a user makes is the user's", "chmod 777 .; as 'umask 022; echo >f; mkdir d; ln -s f l; mkfifo p; ln f h'; stat -c '%n %u %g %a' f d l p h" },
        { "what is not for all is refused", "echo secret >f; chmod 600 f; mkdir -m 700 d; echo >d/f; as 'cat f; echo >f; cat d/f; ls d; rm f; touch g; mkdir e; mv f g; ln -s a b; truncate -s 0 f; chmod 777 f; chown 1000 f; touch f'; cat f" },
        { "a user's further groups count", "echo group >f; chown 0:2000 f; chmod 660 f; mkdir d; chown 0:2000 d; chmod 770 d; as 'cat f; echo more >>f; echo >d/f; mkdir d/e; mv d/f d/g; ln d/g d/h; rm d/g; ls d; cat d/h'; stat -c '%n %u %g' d/* f; cat f" },
        { "a user's further groups can be given", "chmod 777 .; as 'touch f; chgrp 2000 f; stat -c \"%u %g\" f; chmod 2755 f; stat -c %a f; chgrp 3000 f'; stat -c '%u %g %a' f" },
        { "set-id bits go when others write", "echo >f; chmod 6777 f; as 'echo x >>f'; stat -c %a f; chmod 6777 f; as 'truncate -s 0 f'; stat -c %a f; chmod 6777 f; as 'echo >f'; stat -c %a f; chmod 6777 f; echo root >>f; stat -c %a f; chmod 6755 f; chown 5:6 f; stat -c %a f" },
        { "set-id bits go when root without the right writes", "echo >f; chmod 6777 f; setpriv --bounding-set=-fsetid --inh-caps=-fsetid bash -c 'echo x >>f'; stat -c %a f; chmod 6777 f; setpriv --bounding-set=-fsetid bash -c ': >f'; stat -c %a f; chmod 6777 f; setpriv --bounding-set=-fsetid truncate -s 1 f; stat -c %a f" },
        { "sticky directories", "chmod 1777 .; echo >root; as 'echo >own; rm -f root; mv root x; rm own; touch own2'; ls; mkdir -m 777 d; touch d/root; as 'rm -f d/root'; ls d" },
        { "set-group-id directories", "mkdir d; chown 0:2000 d; chmod 2777 d; as 'touch d/f; mkdir d/e'; stat -c '%n %u %g %a' d/f d/e; mkdir o; chown 0:3000 o; chmod 2777 o; as 'touch o/f'; stat -c '%u %g' o/f" },
        { "execution", "cp /bin/busybox .; chmod 711 busybox; as './busybox echo ran; cat busybox >/dev/null'; chmod 700 busybox; as './busybox true'; chmod 600 busybox; ./busybox true" },
        { "times", "touch f; chmod 666 f; as 'touch f && echo touched; touch -d @5 f'; stat -c %u f" },
        { "attributes", "touch f; chmod 644 f; as 'setfattr -n user.a -v 1 f'; chmod 666 f; as 'setfattr -n user.a -v 1 f && getfattr -d f'; chmod 600 f; as 'getfattr -n user.a f'" },
    };

    [Theory]
    [MemberData(nameof(Scripts))]
    public async Task Users_may_do_the_same_on_a_share_as_in_a_directory(string about, string script)
    {
        Assert.NotEmpty(about);
        await using SharedDirectory shared = SharedDirectory.Make();
        await shared.CompareAsync(Worker + script);
    }

    /// <summary>The host's lists of who may what are not shown in the guest, yet hold for its users.</summary>
    [Fact]
    public async Task Access_lists_of_the_host_are_obeyed_and_not_shown()
    {
        await using SharedDirectory shared = SharedDirectory.Make();
        await Shell.RunWellAsync(shared.Source, "echo denied >f; chmod 644 f; setfacl -m u:1000:--- f; mkdir -m 777 d; setfacl -d -m u::rwx,g::r-x,o::--- d");
        string output = await Shell.RunAsync(shared.Mount.Path, Worker + "as 'cat f'; getfattr -d -m - f; setfacl -m u:5:r f; umask 0; touch d/f; stat -c %a d/f");
        Assert.Equal(
            "cat: f: Permission denied\nsetfacl: f: Operation not supported\n640\nstatus 0\n",
            output);
    }

    [Fact]
    public async Task Devices_and_the_hosts_own_attributes_are_refused_even_to_root()
    {
        await using SharedDirectory shared = SharedDirectory.Make();
        await Shell.RunWellAsync(shared.Source, "touch f; setfattr -n trusted.overlay.redirect -v / f; setfattr -n user.shown -v 1 f; mknod null c 1 3; chmod 666 null");
        string output = await Shell.RunAsync(
            shared.Mount.Path,
            "mknod b b 8 0; mknod c c 1 5; getfattr -d -m - f; getfattr -n trusted.overlay.redirect f; setfattr -n trusted.x -v 1 f; setfattr -n security.x -v 1 f; stat -c %F null; ls");
        Assert.Equal(
            """
            mknod: b: Operation not permitted
            mknod: c: Operation not permitted
            # file: f
            user.shown="1"

            f: trusted.overlay.redirect: No such attribute
            setfattr: f: Operation not supported
            setfattr: f: Operation not supported
            character special file
            f
            null
            status 0

            """,
            output);
    }
}
