using Hearth.Shares.Tests.Support;

namespace Hearth.Shares.Tests;

/// <summary>A share, mounted by this host's own kernel, does what a plain directory does.</summary>
public sealed class ShareFileTests
{
    public static TheoryData<string, string> Scripts => new()
    {
        { "write, append, overwrite", "echo one >f; echo two >>f; printf X | dd of=f bs=1 seek=1 conv=notrunc status=none; cat f; echo new >|f; cat f; wc -c f" },
        { "truncate and grow", "seq 10000 >f; truncate -s 100 f; tail -c 5 f; truncate -s 5000 f; wc -c f; truncate -s 0 f; stat -c '%s %b' f" },
        { "modes and owners", "touch a; chmod 0640 a; mkdir -m 1777 d; chown 12:34 a; chown 0:99 d; chmod u+s,g+s a; stat -c '%a %u %g' a d; chown 1 a; stat -c %a a" },
        { "umask", "umask 027; echo >f; mkdir d; mkfifo p; umask 000; echo >g; mkdir e; stat -c '%n %a' f d p g e" },
        { "set-group-id directories", "mkdir d; chown 0:77 d; chmod 2755 d; mkdir d/e; touch d/f; stat -c '%n %a %g' d d/e d/f" },
        { "times", "touch -d '1960-02-03 04:05:06.789 UTC' f; touch -m -d '2040-01-01 UTC' f; stat -c '%X %.9X %Y' f; touch -h -d @12345 f; stat -c '%X %Y' f; touch -d 'now' f" },
        { "hard links", "echo x >a; ln a b; ln b c; rm a; echo y >>b; cat c; stat -c %h c; ln c c; mkdir d; ln d e; mv b d; cat d/b; stat -c %h c" },
        { "symbolic links", "ln -s /etc/hostname a; ln -s nowhere b; ln -s b c; readlink a b c; cat b; echo made >c; cat nowhere; ln -s a a; chown -h 5:6 a; touch -h -d @1 b; stat -c '%u %g' a; readlink nowhere" },
        { "renames", "echo 1 >a; echo 2 >b; mkdir -p d/e f; mv a b; cat b; mv -n b d; mv d f/g; cat f/g/b; mv f f/g; mv -T f/g f; touch x; mv -T x f/g; mv -T f/g f2; find . | sort" },
        { "removing", "mkdir -p d/e; touch d/f; rmdir d; rm d; rm d/f; rmdir d/e; rmdir d; rmdir d; rm nothing; touch f; rmdir f; mkdir f; cd f" },
        { "removed while open", "echo before >f; exec 3<>f; rm f; cat <&3; echo after >&3; cat /proc/self/fd/3; stat -L -c '%h %s' /proc/self/fd/3; exec 3>&-; ls -A" },
        { "removed while open, by rename", "echo old >f; echo new >g; exec 3<f; mv g f; cat <&3; cat f" },
        { "extended attributes", "touch f; mkdir d; setfattr -n user.one -v 1 f; setfattr -n user.two -v '' f d; getfattr -d f d; setfattr -x user.one f; getfattr -n user.one f; getfattr -d f; setfattr -n user.long -v $(printf '%01000d' 7) f; getfattr --only-values -n user.long f" },
        { "holes", "truncate -s 10M f; printf data | dd of=f bs=1 seek=5000000 conv=notrunc status=none; stat -c '%s %b' f; cp --sparse=auto f g; stat -c '%s' g; cmp f g; fallocate -l 1M h; stat -c %s h; fallocate -p -o 0 -l 65536 h; fallocate -n -o 4M -l 4096 h; stat -c '%s %b' h" },
        { "fifos and sockets", "mkfifo p; (echo through >p) & cat p; wait; stat -c %F p; perl -e 'use Socket; socket(S,AF_UNIX,SOCK_STREAM,0); bind(S,sockaddr_un(\"s\")) or die $!'; stat -c %F s; rm s p" },
        { "names of any bytes", "touch 'a b' $'new\\nline' $'\\xff\\xfe' -- -x 'ü' $(printf '%0255d' 1); ls -b; touch $(printf '%0256d' 1); touch $(printf '%01500d' 1); mkdir -p a/b/c; touch a/b/c/../d; ls a/b" },
        { "many files in a directory", "seq -f 'f%05g' 3000 | xargs touch; ls | wc -l; ls -f | wc -l; ls | sed -n '1~3p' | xargs rm; ls | md5sum; find . -type f | wc -l; rm -f f*; ls -A" },
        { "deep directories", "p=.; for i in $(seq 100); do p=$p/d$i; mkdir $p; done; echo deep >$p/f; cat $p/f; find . | wc -l; rm -r d1; ls" },
        { "copies of a tree", "cp -a /usr/share/perl5/. . 2>/dev/null || cp -a /etc/ssl/. .; find . | wc -l; tar cf - . | (mkdir -p ../t-$$ && tar xf - -C ../t-$$ && diff -r --no-dereference . ../t-$$ && echo same; rm -r ../t-$$)" },
        { "git", "git init -q r && cd r && git config user.email a@b && git config user.name x && for i in $(seq 300); do echo $i >f$i; done && git add . && git commit -qm one --date @0 && git mv f1 g1 && git commit -qam two --date @0 && git fsck && git gc -q && git checkout -q HEAD~1 && git status --short | wc -l && ls | wc -l; cd ..; rm -rf r" },
        { "locks", "touch l; exec 3<l 4<l; flock -n 3 && flock -n 4 || echo refused; flock -u 3; flock -n 4 && echo taken" },
        { "a program runs from it", "cp /bin/busybox .; ./busybox echo it runs; mkdir d; cp /bin/busybox d; (cd d && ./busybox true) && echo so does this" },
        { "file capabilities", "cp /bin/busybox b; setcap cap_net_raw+ep b; getcap b; echo >>b; getcap b" },
        { "exclusive creation", "set -C; echo 1 >f; echo 2 >f; cat f; ln -s g h; echo 3 >h; ls" },
        { "synchronizing", "echo x >f; sync f; sync -d f; mkdir d; sync d; sync -f f; dd if=/dev/zero of=g bs=4k count=10 oflag=sync status=none; dd if=g of=h bs=4k iflag=direct oflag=direct status=none; cmp g h" },
        { "copying within it", "seq 200000 >f; cp --reflink=never f g; cmp f g; cp f h; cmp f h; cp --reflink=auto --sparse=never f i; cmp f i" },
    };

    [Theory]
    [MemberData(nameof(Scripts))]
    public async Task Scripts_do_the_same_on_a_share_as_in_a_directory(string about, string script)
    {
        Assert.NotEmpty(about);
        await using SharedDirectory shared = SharedDirectory.Make();
        await shared.CompareAsync(script);
    }
}
