using static Hearth.Linux.Tests.Abi.AbiEntry;

namespace Hearth.Linux.Tests.Abi.Lists;

/// <summary>Hearth.Linux.Descriptors.</summary>
internal static class DescriptorEntries
{
    public static IReadOnlyList<AbiEntry> All { get; } =
    [
        new("Descriptors.DescriptorIO")
        {
            ["CloseOnExec"] = "O_CLOEXEC",
            ["NonBlocking"] = "O_NONBLOCK",
            ["FcntlDuplicate"] = "F_DUPFD_CLOEXEC",
            ["FcntlSetDescriptorFlags"] = "F_SETFD",
            ["DescriptorClosesOnExec"] = "FD_CLOEXEC",
            ["FcntlGetFlags"] = "F_GETFL",
            ["FcntlSetFlags"] = "F_SETFL",
        },
        new("Descriptors.Epoll")
        {
            ["CloseOnExec"] = "EPOLL_CLOEXEC",
            ["ControlAdd"] = "EPOLL_CTL_ADD",
            ["ControlDelete"] = "EPOLL_CTL_DEL",
            ["ControlModify"] = "EPOLL_CTL_MOD",
            ["MaxReports"] = NotTheKernels,
        },
        new("Descriptors.Inotify")
        {
            ["CloseOnExec"] = "IN_CLOEXEC",
            ["Closed"] = "IN_CLOSE",
            ["Modified"] = "IN_MODIFY",
            ["Created"] = "IN_CREATE",
            ["MovedTo"] = "IN_MOVED_TO",
            ["MovedFrom"] = "IN_MOVED_FROM",
            ["Deleted"] = "IN_DELETE",
            ["Overflowed"] = "IN_Q_OVERFLOW",
            ["Ignored"] = "IN_IGNORED",
            ["OnlyDirectories"] = "IN_ONLYDIR",
            ["BufferBytes"] = NotTheKernels,
        },
        new("Descriptors.DirectorySignals")
        {
            ["OwnChanges"] = "IN_CREATE | IN_MOVED_TO | IN_MODIFY",
            ["Losses"] = "IN_MOVED_FROM | IN_DELETE",
        },
        new("Descriptors.InotifyEvent", "struct inotify_event")
        {
            ["Watch"] = "wd",
            ["Mask"] = "mask",
            ["Cookie"] = "cookie",
            ["NameBytes"] = "len",
        },
        new("Descriptors.EpollEvents")
        {
            ["In"] = "EPOLLIN",
            ["Priority"] = "EPOLLPRI",
            ["Out"] = "EPOLLOUT",
            ["Error"] = "EPOLLERR",
            ["HangUp"] = "EPOLLHUP",
            ["OneShot"] = "EPOLLONESHOT",
        },
        new("Descriptors.EpollEventPacked", "struct epoll_event", when: "defined(__x86_64__)")
        {
            ["Events"] = "events",
            ["Data"] = "data",
        },
        new("Descriptors.EpollEventAligned", "struct epoll_event", when: "!defined(__x86_64__)")
        {
            ["Events"] = "events",
            ["Data"] = "data",
        },
    ];
}
