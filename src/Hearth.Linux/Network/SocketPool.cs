using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;

namespace Hearth.Linux.Network;

/// <summary>
/// Sockets of nfnetlink that wait for their next use in the same network namespace. Whoever closes one waits until the kernel has freed what
/// transactions have removed, and holds nftables' lock meanwhile (nft_rcv_nl_event of net/netfilter/nf_tables_api.c): a grace period of RCU,
/// up to 20 ms. After two seconds without use, there is nothing to wait for.
/// </summary>
/// <param name="close">Closes a socket, on any thread.</param>
internal sealed class SocketPool<T>(Action<T> close)
{
    private const int Most = 16;
    private static readonly TimeSpan patience = TimeSpan.FromSeconds(2);

    private readonly Lock gate = new();
    private readonly List<(string Namespace, T Socket, long Since)> idle = [];
    private ITimer? timer;

    /// <summary>Finds a socket of a namespace.</summary>
    /// <param name="place">The namespace's <see cref="NetworkNamespace.Identity"/>. It stays, and is nobody else's, as long as a socket of it is open.</param>
    /// <param name="socket">It belongs to the caller.</param>
    public bool TryTake(string place, [MaybeNullWhen(false)] out T socket)
    {
        lock (gate)
        {
            int found = idle.FindLastIndex(one => one.Namespace == place);
            socket = found < 0 ? default : idle[found].Socket;
            if (found >= 0)
            {
                idle.RemoveAt(found);
            }

            return found >= 0;
        }
    }

    /// <summary>Keeps a socket for its next use.</summary>
    /// <param name="place">As for <see cref="TryTake"/>.</param>
    /// <param name="socket">It must have no answer left to read.</param>
    public void Give(string place, T socket)
    {
        lock (gate)
        {
            if (idle.Count < Most)
            {
                idle.Add((place, socket, Stopwatch.GetTimestamp()));
                timer ??= TimeProvider.System.CreateTimer(_ => CloseUnused(), null, patience, patience);
                return;
            }
        }

        close(socket);
    }

    private void CloseUnused()
    {
        T[] unused;
        long now = Stopwatch.GetTimestamp();
        bool IsUnused((string, T, long Since) one) => Stopwatch.GetElapsedTime(one.Since, now) >= patience;
        lock (gate)
        {
            unused = [.. idle.FindAll(IsUnused).ConvertAll(one => one.Socket)];
            idle.RemoveAll(IsUnused);
            if (idle.Count == 0)
            {
                timer?.Dispose();
                timer = null;
            }
        }

        Array.ForEach(unused, close);
    }
}
