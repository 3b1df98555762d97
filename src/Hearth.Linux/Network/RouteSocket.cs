using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Linux.Network;

/// <summary>
/// A rtnetlink(7) socket in the network namespace of the thread that opens it. Every request is answered by an
/// acknowledgement or by messages, in order; one thread at a time may use it.
/// </summary>
public sealed partial class RouteSocket : IDisposable
{
    internal const ushort Request = 0x1;
    internal const ushort Acknowledge = 0x4;
    internal const ushort Dump = 0x300;
    internal const ushort Replace = 0x100;
    internal const ushort Exclusive = 0x200;
    internal const ushort Create = 0x400;
    internal const ushort Append = 0x800;

    /// <summary>NLM_F_DUMP_INTR.</summary>
    private const ushort DumpInterrupted = 0x10;

    /// <summary>A list takes far less time than the pauses between the changes of a busy host.</summary>
    private const int MostDumps = 50;

    private const int FamilyNetlink = 16;
    private const int TypeRaw = 3;
    private const int CloseOnExec = 0x80000;
    private const int RouteProtocol = 0;
    private const int FilterProtocol = 12;
    private const int NetlinkLevel = 270;
    private const int CapAcknowledgement = 10;
    private const int StrictChecks = 12;
    private const ushort ErrorType = 2;
    private const ushort DoneType = 3;
    private const int MessageAlignment = 4;

    /// <summary>The kernel fills at most this much of a dump at a time.</summary>
    private const int BufferBytes = 32 << 10;

    private static readonly SocketPool<RouteSocket> filterSockets = new(socket => socket.handle.Dispose());

    private readonly SafeFileHandle handle;
    private readonly string? place;
    private readonly byte[] buffer = new byte[BufferBytes];
    private uint sequence;
    private bool isInterrupted;
    private bool isBroken;

    /// <param name="handle">The socket.</param>
    /// <param name="place">The namespace in whose pool it is kept; null if it is closed.</param>
    private RouteSocket(SafeFileHandle handle, string? place)
    {
        this.handle = handle;
        this.place = place;
    }

    internal delegate void MessageReader(ushort type, ReadOnlySpan<byte> payload);

    /// <summary>Opens a socket in this thread's network namespace.</summary>
    public static RouteSocket Open() => Open(RouteProtocol, place: null);

    /// <summary>Opens one that speaks to the packet filters of this thread's network namespace (nfnetlink) instead.</summary>
    public static RouteSocket OpenForFilters()
    {
        string place = NetworkNamespace.OwnIdentity;
        return filterSockets.TryTake(place, out RouteSocket? known) ? known : Open(FilterProtocol, place);
    }

    private static RouteSocket Open(int protocol, string? place)
    {
        SafeFileHandle opened = socket(FamilyNetlink, TypeRaw | CloseOnExec, protocol);
        if (opened.IsInvalid)
        {
            throw LinuxException.FromLastError("socket", "netlink");
        }

        // Errors need no copy of the request; dumps are filtered by the kernel as the request says.
        int on = 1;
        _ = setsockopt(opened, NetlinkLevel, CapAcknowledgement, in on, sizeof(int));
        _ = setsockopt(opened, NetlinkLevel, StrictChecks, in on, sizeof(int));
        return new RouteSocket(opened, place);
    }

    public void Dispose()
    {
        if (place is not null && !isBroken)
        {
            filterSockets.Give(place, this);
        }
        else
        {
            handle.Dispose();
        }
    }

    /// <summary>Sends a request and waits for its acknowledgement.</summary>
    /// <returns>The kernel's answer.</returns>
    internal Errno Try(NetlinkRequest request)
    {
        Errno outcome = Errno.None;
        Exchange(request, (_, _) => { }, errno => outcome = errno);
        return outcome;
    }

    /// <summary>Sends a request whose answer is a message before the acknowledgement.</summary>
    internal Errno Ask(NetlinkRequest request, MessageReader read)
    {
        Errno outcome = Errno.None;
        Exchange(request, read, errno => outcome = errno);
        return outcome;
    }

    /// <exception cref="LinuxException">The kernel refuses the request.</exception>
    internal void Execute(NetlinkRequest request, string call, string subject)
    {
        Errno errno = Try(request);
        if (errno != Errno.None)
        {
            throw new LinuxException(call, errno, subject);
        }
    }

    /// <summary>
    /// Sends a request that the kernel answers with any number of messages. If what is listed changes meanwhile, entries may be missing, which the kernel
    /// reports; then it is listed again.
    /// </summary>
    /// <exception cref="LinuxException">The kernel refuses the request, or the list changes all the time (EAGAIN).</exception>
    internal void Query(NetlinkRequest request, string call, MessageReader read)
    {
        for (int attempt = 0; attempt < MostDumps; attempt++)
        {
            List<(ushort Type, byte[] Payload)> answer = [];
            Errno outcome = Errno.None;
            isInterrupted = false;
            Exchange(request, (type, payload) => answer.Add((type, payload.ToArray())), errno => outcome = errno);
            if (outcome != Errno.None)
            {
                throw new LinuxException(call, outcome);
            }

            if (!isInterrupted)
            {
                answer.ForEach(message => read(message.Type, message.Payload));
                return;
            }
        }

        throw new LinuxException(call, Errno.EAGAIN);
    }

    private unsafe void Exchange(NetlinkRequest request, MessageReader read, Action<Errno> end)
    {
        ReadOnlySpan<byte> message = request.Complete(++sequence);
        if (send(handle, ref MemoryMarshal.GetReference(message), (nuint)message.Length, 0) < 0)
        {
            isBroken = true;
            throw LinuxException.FromLastError("send", "netlink");
        }

        while (true)
        {
            nint count = recv(handle, ref buffer[0], (nuint)buffer.Length, 0);
            if (count < 0 && (Errno)Marshal.GetLastPInvokeError() == Errno.EINTR)
            {
                continue;
            }

            if (count <= 0)
            {
                isBroken = true;
                throw LinuxException.FromLastError("recv", "netlink");
            }

            if (ReadMessages(buffer.AsSpan(0, (int)count), sequence, read, end, ref isInterrupted))
            {
                return;
            }
        }
    }

    /// <param name="rest">What was received.</param>
    /// <param name="sequence">The request's number; messages of others are skipped.</param>
    /// <param name="read">Receives each message.</param>
    /// <param name="end">Receives the outcome.</param>
    /// <param name="isInterrupted">Set if the answer may lack something.</param>
    /// <returns>Whether the answer is complete.</returns>
    internal static unsafe bool ReadMessages(ReadOnlySpan<byte> rest, uint sequence, MessageReader read, Action<Errno> end, ref bool isInterrupted)
    {
        while (rest.Length >= sizeof(NetlinkHeader))
        {
            NetlinkHeader header = MemoryMarshal.Read<NetlinkHeader>(rest);
            if (header.Length < sizeof(NetlinkHeader) || header.Length > rest.Length)
            {
                throw new LinuxException("recv", Errno.EBADMSG, "netlink");
            }

            ReadOnlySpan<byte> payload = rest[sizeof(NetlinkHeader)..(int)header.Length];
            if (header.Sequence == sequence)
            {
                isInterrupted |= (header.Flags & DumpInterrupted) != 0;
                if (header.Type is ErrorType or DoneType)
                {
                    end(payload.Length >= sizeof(int) ? (Errno)(-MemoryMarshal.Read<int>(payload)) : Errno.None);
                    return true;
                }

                read(header.Type, payload);
            }

            rest = rest[Math.Min(rest.Length, (int)((header.Length + MessageAlignment - 1) & -MessageAlignment))..];
        }

        return false;
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial SafeFileHandle socket(int family, int type, int protocol);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int setsockopt(SafeFileHandle fd, int level, int option, in int value, uint length);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint send(SafeFileHandle fd, ref byte buffer, nuint length, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint recv(SafeFileHandle fd, ref byte buffer, nuint length, int flags);
}
