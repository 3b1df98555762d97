using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Hearth.Linux.Descriptors;

/// <summary>
/// The signals of a process. Each watches its directory, and the directory's parent for its removal or renaming: a directory reports its own removal only
/// after the last of its open files is closed.
/// </summary>
[SuppressMessage("Reliability", "CA1001", Justification = "It ends with the process.")]
internal sealed class DirectorySignals
{
    private const uint OwnChanges = Inotify.Created | Inotify.MovedTo | Inotify.Modified;
    private const uint Losses = Inotify.MovedFrom | Inotify.Deleted;

    private static readonly Lock opening = new();
    private static DirectorySignals? shared;

    private readonly Lock gate = new();
    private readonly Inotify events = new();
    private readonly Dictionary<int, List<Place>> places = [];

    /// <exception cref="LinuxException">The user has no inotify instances left.</exception>
    public static DirectorySignals Shared
    {
        get
        {
            lock (opening)
            {
                return shared ??= Start();
            }
        }
    }

    public void Add(DirectorySignal signal, string directory)
    {
        string path = Path.TrimEndingDirectorySeparator(Path.GetFullPath(directory));
        lock (gate)
        {
            try
            {
                Add(path, new Place(signal, Entry: null));
                Add(Path.GetDirectoryName(path) ?? path, new Place(signal, Encoding.UTF8.GetBytes(Path.GetFileName(path))));
            }
            catch
            {
                Remove(signal);
                throw;
            }
        }
    }

    public void Remove(DirectorySignal signal)
    {
        lock (gate)
        {
            foreach ((int watch, List<Place> watchers) in places)
            {
                if (watchers.RemoveAll(place => place.Signal == signal) > 0 && watchers.Count == 0)
                {
                    places.Remove(watch);
                    events.Remove(watch);
                }
            }
        }
    }

    private static DirectorySignals Start()
    {
        DirectorySignals signals = new();
        new Thread(signals.Watch) { IsBackground = true, Name = "inotify" }.Start();
        return signals;
    }

    /// <summary>A directory has one watch, which all its signals share, so it always asks for all events.</summary>
    private void Add(string path, Place place)
    {
        int watch = events.Add(path, OwnChanges | Losses | Inotify.OnlyDirectories);
        if (!places.TryGetValue(watch, out List<Place>? watchers))
        {
            places[watch] = watchers = [];
        }

        watchers.Add(place);
    }

    private void Watch()
    {
        while (true)
        {
            events.Wait(Receive);
        }
    }

    private void Receive(InotifyEvent report, ReadOnlySpan<byte> name)
    {
        lock (gate)
        {
            if ((report.Mask & Inotify.Overflowed) != 0)
            {
                foreach (Place place in places.Values.SelectMany(watchers => watchers))
                {
                    place.Signal.Signal();
                }
            }
            else if (places.TryGetValue(report.Watch, out List<Place>? watchers))
            {
                foreach (Place place in watchers)
                {
                    Notify(place, report.Mask, name);
                }

                if ((report.Mask & Inotify.Ignored) != 0)
                {
                    places.Remove(report.Watch);
                }
            }
        }
    }

    private static void Notify(Place place, uint mask, ReadOnlySpan<byte> name)
    {
        if ((mask & Inotify.Ignored) != 0)
        {
            place.Signal.End();
        }
        else if (place.Entry is null ? (mask & OwnChanges) != 0 : (mask & Losses) != 0 && name.SequenceEqual(place.Entry))
        {
            place.Signal.Signal();
        }
    }

    /// <param name="Signal">Gets the events.</param>
    /// <param name="Entry">Null for changes in the directory; the directory's name in its parent for its loss.</param>
    private sealed record Place(DirectorySignal Signal, byte[]? Entry);
}
