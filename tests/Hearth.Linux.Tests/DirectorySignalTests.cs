using Hearth.Linux.Descriptors;

namespace Hearth.Linux.Tests;

public sealed class DirectorySignalTests : IDisposable
{
    private static readonly TimeSpan limit = TimeSpan.FromSeconds(30);

    private readonly string place = Directory.CreateTempSubdirectory("hearth-signal-").FullName;

    [Fact]
    public async Task More_signals_than_a_user_has_instances_each_tell_of_their_own_directory()
    {
        const int Count = 300;
        string[] directories = [.. Enumerable.Range(0, Count).Select(number => Directory.CreateDirectory(Path.Combine(place, $"{number}")).FullName)];
        DirectorySignal[] signals = [.. directories.Select(directory => new DirectorySignal(directory))];
        int instances = Instances();
        Task[] changes = [.. signals.Select(signal => signal.Next())];

        await File.WriteAllTextAsync(Path.Combine(directories[7], "file"), "", TestContext.Current.CancellationToken);
        await changes[7].WaitAsync(limit);
        Directory.Delete(directories[^1]);
        await changes[^1].WaitAsync(limit);

        Assert.Equal(2, changes.Count(change => change.IsCompleted));
        Assert.InRange(instances, 1, 20);
        Array.ForEach(signals, signal => signal.Dispose());
    }

    [Fact]
    public async Task Signals_of_one_directory_end_singly_and_all_with_the_directory()
    {
        string directory = Directory.CreateDirectory(Path.Combine(place, "shared")).FullName;
        using DirectorySignal first = new(directory);
        using DirectorySignal second = new(directory + "/");
        DirectorySignal third = new(directory);
        Task ended = third.Next();
        third.Dispose();

        foreach (string name in (string[])["one", "two"])
        {
            Task[] changes = [first.Next(), second.Next()];
            await File.WriteAllTextAsync(Path.Combine(directory, name), "", TestContext.Current.CancellationToken);
            await Task.WhenAll(changes).WaitAsync(limit);
        }

        Assert.False(ended.IsCompleted);
        Assert.False(first.HasEnded);
        Directory.Delete(directory, recursive: true);
        foreach (DirectorySignal signal in (DirectorySignal[])[first, second])
        {
            while (!signal.HasEnded)
            {
                await signal.Next().WaitAsync(limit);
            }
        }
    }

    [Fact]
    public async Task A_directory_that_is_renamed_is_told_and_its_name_can_be_watched_again()
    {
        string directory = Directory.CreateDirectory(Path.Combine(place, "old")).FullName;
        using DirectorySignal before = new(directory);
        Task renamed = before.Next();
        Directory.Move(directory, Path.Combine(place, "new"));
        await renamed.WaitAsync(limit);

        Directory.CreateDirectory(directory);
        using DirectorySignal after = new(directory);
        Task change = after.Next();
        await File.WriteAllTextAsync(Path.Combine(directory, "file"), "", TestContext.Current.CancellationToken);
        await change.WaitAsync(limit);
    }

    [Fact]
    public void A_directory_that_is_missing_is_named()
    {
        LinuxException failure = Assert.Throws<LinuxException>(() => new DirectorySignal(Path.Combine(place, "missing")));
        Assert.Equal(Errno.ENOENT, failure.Errno);
        Assert.Contains(Path.Combine(place, "missing"), failure.Message, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(place, recursive: true);

    private static int Instances() => Directory.GetFiles("/proc/self/fd").Count(descriptor => new FileInfo(descriptor).LinkTarget == "anon_inode:inotify");
}
