using Hearth.Machines.Tests.Conformance;

namespace Hearth.Machines.Tests.Nested;

/// <summary>
/// PID 1 of the nested machine, in two parts. The first, in the initramfs, lays a tmpfs over the host's read-only root and
/// enters that by switch_root: the jailer calls pivot_root, which the kernel refuses below an initramfs. The second is a
/// worker's host: all file systems, cgroup v2 with every controller, /dev/kvm; it runs each line that comes over the channel,
/// with nothing to read, and answers with both outputs and a line with the status.
/// </summary>
internal static class NestedScript
{
    internal const string Path = "/enter.sh";
    internal const string Greeting = "nested machine: at your service";

    /// <summary>Stands before the status, after a line's end of its own: an output may end without one.</summary>
    internal const string StatusPrefix = "=== nested status ";

    /// <summary>Begins the names of the modules, in the order of loading, that are in the initramfs's root. Some are loaded already.</summary>
    internal const string FurtherModules = "module-";

    internal const string Enter =
        $$"""
        #!/bin/sh
        /bin/busybox mkdir -p /proc /sys /lower /writable /merged
        /bin/busybox --install -s /bin
        mount -t proc proc /proc
        mount -t devtmpfs devtmpfs /dev
        exec >/dev/console 2>&1
        for module in /lib/modules-hearth/*.ko $(ls /{{FurtherModules}}*.ko); do insmod $module; done
        mount -t erofs -o ro /dev/vda /lower
        mount -t tmpfs -o mode=755 tmpfs /writable
        mkdir /writable/upper /writable/work
        mount -t overlay -o lowerdir=/lower,upperdir=/writable/upper,workdir=/writable/work overlay /merged
        mkdir -p /merged/proc /merged/sys /merged/dev /merged/run /merged/root /merged/srv
        mkdir -p -m 1777 /merged/tmp
        cp /serve.sh /merged/run/serve.sh
        umount /proc
        umount /dev
        exec switch_root /merged /bin/busybox sh /run/serve.sh

        """;

    internal static readonly string Serve =
        $$"""
        export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root
        mount -t proc proc /proc
        mount -t sysfs sysfs /sys
        mount -t devtmpfs devtmpfs /dev
        exec </dev/null >/dev/console 2>&1
        mkdir -p /dev/pts /dev/shm
        mount -t devpts devpts /dev/pts
        mount -t tmpfs tmpfs /dev/shm
        mount -t cgroup2 cgroup2 /sys/fs/cgroup
        for controller in $(cat /sys/fs/cgroup/cgroup.controllers); do echo +$controller >/sys/fs/cgroup/cgroup.subtree_control; done
        busybox ip link set lo up
        while ! name=$(grep -lx '{{MachineLab.Channel.SerialPortName}}' /sys/class/virtio-ports/*/name); do busybox usleep 5000; done
        exec 3<>/dev/$(basename $(dirname $name))
        echo '{{Greeting}}' >&3
        while read -r line <&3; do
            (eval "$line") >&3 2>&1 3>&- </dev/null
            printf '\n{{StatusPrefix}}%s\n' $? >&3
        done
        exec sleep 1000000

        """;
}
