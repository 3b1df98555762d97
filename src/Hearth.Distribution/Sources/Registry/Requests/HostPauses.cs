using System.Collections.Concurrent;
using Hearth.Distribution.Sources.Registry.Transport;

namespace Hearth.Distribution.Sources.Registry.Requests;

/// <summary>
/// The hosts that ask for a pause that is too long to wait within a request. An earlier attempt, as readers of lazy layers make every few
/// seconds, gets the same failure without a request. Thread-safe.
/// </summary>
internal sealed class HostPauses(TimeProvider time)
{
    /// <summary>A user may log in, or a host may be wrong: it is asked again after this.</summary>
    private static readonly TimeSpan most = TimeSpan.FromMinutes(15);

    private readonly ConcurrentDictionary<string, DateTimeOffset> ends = new(StringComparer.OrdinalIgnoreCase);

    public void Begin(string authority, TimeSpan pause) => ends[authority] = time.GetUtcNow() + (pause < most ? pause : most);

    /// <exception cref="RequestException">The host's pause has not ended; it says how long it lasts.</exception>
    public void Check(string authority)
    {
        if (!ends.TryGetValue(authority, out DateTimeOffset end))
        {
            return;
        }

        TimeSpan left = end - time.GetUtcNow();
        if (left > TimeSpan.Zero)
        {
            throw new RequestException(ImageError.Unreachable, $"{authority} allows the next request in {left.TotalSeconds:0} s, so try again then, or log in") { IsTransient = true, Pause = left };
        }

        ends.TryRemove(new(authority, end));
    }
}
