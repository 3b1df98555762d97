using System.Reflection;
using System.Text;

namespace Hearth.Linux.Tests.Abi;

/// <summary>Writes the C file that lets the compiler judge: one _Static_assert for each size, offset, width and value.</summary>
internal static class AssertionFile
{
    /// <summary>
    /// The kernel's own sigaction and termios differ from the C library's of the same name. The former comes first, under
    /// another name and without the kernel's time structures; the C library's termios.h is not needed at all.
    /// SIG_DFL and SIG_IGN cast to __sighandler_t, and no pointer is a constant to _Static_assert: hence the last line.
    /// </summary>
    private const string Headers = """
        #define _GNU_SOURCE
        #define _LINUX_TIME_H
        #define sigaction kernel_sigaction
        #define sigset_t kernel_sigset_t
        #define stack_t kernel_stack_t
        #define sigaltstack kernel_sigaltstack
        #include <asm/signal.h>
        #undef _LINUX_TIME_H
        #undef sigaction
        #undef sigset_t
        #undef stack_t
        #undef sigaltstack
        #include <stddef.h>
        #include <stdio.h>
        #include <errno.h>
        #include <signal.h>
        #include <time.h>
        #include <fcntl.h>
        #include <dirent.h>
        #include <limits.h>
        #include <sched.h>
        #include <spawn.h>
        #include <unistd.h>
        #include <sys/epoll.h>
        #include <sys/eventfd.h>
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
        #include <asm/termbits.h>
        #include <linux/capability.h>
        #include <linux/fuse.h>
        #include <linux/limits.h>
        #include <linux/netlink.h>
        #include <linux/openat2.h>
        #include <linux/random.h>
        #include <linux/reboot.h>
        #include <linux/vm_sockets.h>
        #include <linux/xattr.h>
        #undef sa_handler
        #define __sighandler_t long

        """;

    public static string Write(IEnumerable<AbiEntry> entries)
    {
        var text = new StringBuilder(Headers);
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
