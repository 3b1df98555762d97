namespace Hearth.Machines.Tests.Support;

/// <summary>
/// PID 1 of the test guest, a shell script. It says <see cref="ConsoleGreeting"/> on the console, opens the channel, and runs
/// each line that comes over it, answering with the output and then a line with the status.
/// </summary>
internal static class GuestScript
{
    internal const string Path = "/guest.sh";
    internal const string ConsoleGreeting = "test guest: user space runs";

    /// <summary>A command that waits until all that was written to the console has left the port: a writer only fills its buffer.</summary>
    internal const string Drain = "drain";

    internal const string ChannelGreeting = "at your service";
    internal const string StatusPrefix = "=== ";

    /// <summary>Kernel arguments that make the guest do something else: open no channel, say nothing after its greeting, end PID 1, restart.</summary>
    internal const string NeverOpen = "test.mode=closed";
    internal const string NeverAnswer = "test.mode=silent";
    internal const string EndInit = "test.mode=exit";
    internal const string Restart = "test.mode=restart";

    /// <param name="openChannel">Shell lines that leave the channel as descriptor 3.</param>
    internal static string Compose(string openChannel) =>
        $$"""
        #!/bin/sh
        /bin/busybox mkdir -p /proc /sys
        /bin/busybox mount -t proc proc /proc
        /bin/busybox mount -t sysfs sysfs /sys
        /bin/busybox mount -t devtmpfs devtmpfs /dev
        /bin/busybox --install -s /bin
        for module in /lib/modules-hearth/*.ko; do insmod $module; done
        drain() { while before=$(cat /proc/tty/driver/serial); usleep 100000; [ "$before" != "$(cat /proc/tty/driver/serial)" ]; do :; done; }
        echo "{{ConsoleGreeting}}" >/dev/console
        case "$(cat /proc/cmdline)" in
            *{{EndInit}}*) exit 7 ;;
            *{{Restart}}*) exec reboot -f ;;
            *{{NeverOpen}}*) exec sleep 1000000 ;;
        esac
        {{openChannel}}
        echo "{{ChannelGreeting}}" >&3
        case "$(cat /proc/cmdline)" in *{{NeverAnswer}}*) exec sleep 1000000 ;; esac
        while read -r line <&3; do
            eval "$line" >&3 2>&1
            echo "{{StatusPrefix}}$?" >&3
        done
        echo "test guest: the channel has ended" >/dev/console
        exec sleep 1000000

        """;
}
