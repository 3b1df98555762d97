using System.Reflection;
using System.Text;

namespace Hearth.Linux.Tests.Abi;

/// <summary>Writes the C file that lets the compiler judge: one _Static_assert for each size, offset, width and value.</summary>
internal static class AssertionFile
{
    /// <summary>The kernel's own termios differs from the C library's of the same name, whose termios.h is not needed at all.</summary>
    private const string Headers = """
        #define _GNU_SOURCE
        #include <stddef.h>
        #include <stdio.h>
        #include <errno.h>
        #include <signal.h>
        #include <time.h>
        #include <fcntl.h>
        #include <dirent.h>
        #include <limits.h>
        #include <poll.h>
        #include <sched.h>
        #include <spawn.h>
        #include <unistd.h>
        #include <sys/epoll.h>
        #include <sys/file.h>
        #include <sys/inotify.h>
        #include <sys/ioctl.h>
        #include <sys/mman.h>
        #include <sys/mount.h>
        #include <sys/prctl.h>
        #include <sys/resource.h>
        #include <sys/socket.h>
        #include <sys/stat.h>
        #include <sys/statfs.h>
        #include <sys/syscall.h>
        #include <sys/uio.h>
        #include <sys/wait.h>
        #include <net/if.h>
        #include <net/if_arp.h>
        #include <netinet/in.h>
        #include <asm/termbits.h>
        #include <linux/capability.h>
        #include <linux/fuse.h>
        #include <linux/if.h>
        #include <linux/if_link.h>
        #include <linux/if_tun.h>
        #include <linux/limits.h>
        #include <linux/netfilter.h>
        #include <linux/netfilter/nf_tables.h>
        #include <linux/netfilter/nfnetlink.h>
        #include <linux/netfilter/nfnetlink_conntrack.h>
        #include <linux/netlink.h>
        #include <linux/nsfs.h>
        #include <linux/pkt_cls.h>
        #include <linux/rtnetlink.h>
        #include <linux/fib_rules.h>
        #include <linux/tc_act/tc_mirred.h>
        #include <linux/veth.h>
        #include <zlib.h>
        #include <linux/openat2.h>
        #include <linux/random.h>
        #include <linux/reboot.h>
        #include <linux/vm_sockets.h>
        #include <linux/xattr.h>

        """;

    public static string Write(IEnumerable<AbiEntry> entries)
    {
        var text = new StringBuilder(Headers).Append(ReadOwnSource());
        foreach (AbiEntry entry in entries)
        {
            text.Append(entry.When is null ? "" : $"#if {entry.When}\n");
            foreach (string assertion in AssertionsOf(entry, KernelMembers.Find(entry.Type)))
            {
                text.Append(assertion).Append('\n');
            }

            text.Append(entry.When is null ? "" : "#endif\n");
        }

        return text.ToString();
    }

    /// <summary>What Hearth.Linux has in C itself: its structures are judged like the system's.</summary>
    private static string ReadOwnSource()
    {
        using var reader = new StreamReader(typeof(AssertionFile).Assembly.GetManifestResourceStream("child.c")!);
        return reader.ReadToEnd();
    }

    public static string Assert(string condition, string about) => $"_Static_assert({condition}, \"{about}\");";

    private static IEnumerable<string> AssertionsOf(AbiEntry entry, Type type)
    {
        if (entry.Structure is { } structure)
        {
            yield return Assert($"sizeof({structure}) == {KernelMembers.SizeOf(type)}", $"{entry.Type} has the size of {structure}");
        }

        foreach ((string member, string c) in entry.Where(pair => pair.Value != AbiEntry.NotTheKernels))
        {
            foreach (string assertion in AssertionsOf(entry, type, member, c))
            {
                yield return assertion;
            }
        }
    }

    private static IEnumerable<string> AssertionsOf(AbiEntry entry, Type type, string member, string c)
    {
        string name = $"{entry.Type}.{member}";
        if (c == AbiEntry.NamesByNumber)
        {
            return KernelMembers.NamesOf(type, member).Select((constant, number) => Value(number, constant, $"{name}[{number}]"));
        }

        return KernelMembers.FindField(type, member) is { } field
            ? [Layout(entry.Structure ?? throw new InvalidOperationException($"{name} is a field, but its entry names no structure"), field, c, name)]
            : [Value(KernelMembers.ValueOf(type, member), c, name)];
    }

    private static string Layout(string structure, FieldInfo field, string member, string name) => Assert(
        $"offsetof({structure}, {member}) == {KernelMembers.OffsetOf(field)} && sizeof((({structure} *)0)->{member}) == {KernelMembers.SizeOf(field.FieldType)}",
        $"{name} is {member} of {structure}");

    private static string Value(long value, string expression, string name) => expression.StartsWith(AbiEntry.AtLeast, StringComparison.Ordinal)
        ? Assert($"{value} {expression}", $"{name} {expression}")
        : Assert($"(long long)({expression}) == (long long){(ulong)value}ULL", $"{name} is {expression}");
}
