using System.Diagnostics;
using Hearth.Containers;
using Hearth.Containers.Diagnostics;
using Hearth.FileTree.Tests.Support;
using Hearth.Linux.Files;
using Hearth.Linux.Mounts;
using Hearth.Records.Tests.Support;
using Hearth.Rootfs.Cache;

namespace Hearth.Rootfs.Tests.Cache;

/// <summary>What a cache keeps, for how long, and that nothing half made is ever taken for whole.</summary>
public sealed class ImageCacheTests : IDisposable
{
    private const double HourInMilliseconds = 3_600_000;

    private readonly Workplace place = new();
    private readonly ManualClock clock = new();
    private readonly List<Diagnostic> diagnostics = [];
    private readonly ImageCache cache;

    public ImageCacheTests() => cache = Open(new ByteSize(1 << 20));

    private string Entries => place.At("cache/entries");

    [Fact]
    public void What_was_kept_is_there_and_what_was_not_is_not()
    {
        Keep("one", "its bytes");

        using CacheLease? one = cache.TryTake(Key("one"));
        Assert.Equal("its bytes", File.ReadAllText(one!.DataPath));
        Assert.Equal("plan", one.Describe().Kind);
        Assert.Null(cache.TryTake(Key("two")));
        CacheEntry listed = Assert.Single(cache.List());
        Assert.Equal((Key("one").Hex, "plan", "/a/tree", true), (listed.Key, listed.Kind, listed.Source, listed.InUse));
        Assert.Empty(diagnostics);
    }

    [Fact]
    public void Only_its_owner_looks_into_a_cache()
    {
        Keep("one", "secret");
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(place.At("cache")));
    }

    [Fact]
    public void The_least_recently_used_goes_first_and_what_is_in_use_stays()
    {
        Keep("held", new string('h', 400_000));
        using CacheLease? held = cache.TryTake(Key("held"));
        foreach (string name in (string[])["old", "older", "new"])
        {
            clock.Advance(HourInMilliseconds);
            Keep(name, new string('x', 300_000));
            if (name == "older")
            {
                clock.Advance(HourInMilliseconds);
                cache.TryTake(Key("old"))!.Dispose();
            }
        }

        Assert.Equal([Key("new").Hex, Key("old").Hex, Key("held").Hex], cache.List().Select(entry => entry.Key));
    }

    [Fact]
    public void Pruning_removes_what_is_asked_for_and_nothing_in_use()
    {
        Keep("held", "1");
        Keep("old", "2");
        clock.Advance(3 * HourInMilliseconds);
        Keep("new", "3");
        using CacheLease? held = cache.TryTake(Key("held"));

        Assert.Equal([Key("old").Hex], cache.Prune(new ByteSize(long.MaxValue), clock.GetUtcNow() - TimeSpan.FromHours(2)).Select(entry => entry.Key));
        Assert.Equal([Key("new").Hex], cache.Prune(new ByteSize(0), unusedSince: null).Select(entry => entry.Key));
        held!.Dispose();
        Assert.Equal([Key("held").Hex], cache.Prune(new ByteSize(0), unusedSince: null).Select(entry => entry.Key));
        Assert.Empty(Directory.GetFileSystemEntries(Entries));
    }

    [Fact]
    public void An_entry_that_is_given_up_leaves_nothing_and_one_whose_maker_was_killed_is_swept_away()
    {
        using (CacheDraft draft = cache.Begin(Key("one")))
        {
            File.WriteAllText(draft.DataPath, "half");
        }

        Assert.Empty(Directory.GetFileSystemEntries(Entries));
        string abandoned = Directory.CreateDirectory(Path.Combine(Entries, $".{Key("two").Hex}.abandoned")).FullName;
        File.WriteAllText(Path.Combine(abandoned, "data"), "half");
        Assert.Empty(cache.List());

        using CacheDraft next = cache.Begin(Key("three"));
        Assert.False(Directory.Exists(abandoned));
    }

    [Fact]
    public void What_another_process_makes_just_now_is_not_swept_away()
    {
        string draft = Directory.CreateDirectory(Path.Combine(Entries, $".{Key("one").Hex}.another")).FullName;
        using (new LockHolder(draft))
        {
            cache.Prune(new ByteSize(0), unusedSince: null);
            Assert.True(Directory.Exists(draft));
        }

        cache.Prune(new ByteSize(0), unusedSince: null);
        Assert.False(Directory.Exists(draft));
    }

    [Fact]
    public async Task Whoever_makes_an_entry_is_waited_for_and_its_death_lets_the_next_one_in()
    {
        (await cache.EnterAsync(Key("one"), CancellationToken.None)).Dispose();
        string gate = Assert.Single(Directory.GetDirectories(place.At("cache/gates/entries")));
        using LockHolder holder = new(gate);
        using var impatience = new CancellationTokenSource();
        Task<DirectoryLock> impatient = cache.EnterAsync(Key("one"), impatience.Token);
        Task<DirectoryLock> patient = cache.EnterAsync(Key("one"), CancellationToken.None);
        Assert.False(patient.IsCompleted);
        await impatience.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => impatient);
        holder.Dispose();

        (await patient.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken)).Dispose();
        (await cache.EnterAsync(Key("one"), CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken)).Dispose();
    }

    [Fact]
    public async Task Who_looks_at_a_directory_may_make_an_entry_whatever_their_keys()
    {
        using DirectoryLock name = await cache.EnterNameAsync(Key("one"), CancellationToken.None);
        using DirectoryLock entry = await cache.EnterAsync(Key("one"), CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Makers_side_by_side_do_not_sweep_each_others_work_away()
    {
        await Task.WhenAll(Enumerable.Range(0, 8).Select(maker => Task.Run(() =>
        {
            for (int turn = 0; turn < 25; turn++)
            {
                Keep($"{maker}.{turn}", "x");
            }
        })));

        Assert.Equal("", string.Join('\n', diagnostics));
        Assert.Equal(200, cache.List().Count);
    }

    [Fact]
    public void A_full_disk_is_told_and_leaves_nothing() => OwnThread.WithOwnMounts(() =>
    {
        FileSystems.Mount("none", place.MakeDirectory("cache"), "tmpfs", MountFlags.None, "size=256k");
        Keep("large", new string('x', 500_000));

        Assert.Contains("No space left", Assert.Single(diagnostics).Text, StringComparison.Ordinal);
        Assert.Contains("hearth cache prune", diagnostics[0].Text, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(Entries));
    });

    [Fact]
    public void A_damaged_entry_is_listed_as_such_and_the_first_to_go()
    {
        Keep("one", "1");
        File.WriteAllText(Path.Combine(Entries, Key("one").Hex, "entry.json"), "{");
        Assert.Equal("damaged", Assert.Single(cache.List()).Kind);
        Assert.Single(cache.Prune(new ByteSize(long.MaxValue), DateTimeOffset.UnixEpoch.AddDays(1)));
    }

    [Fact]
    public void A_directory_is_remembered_as_what_it_was_last()
    {
        Assert.Null(cache.Recall(Key("name")));
        cache.Remember(Key("name"), Key("tree"));
        cache.Remember(Key("name"), Key("another"));
        Assert.Equal(Key("another"), cache.Recall(Key("name")));
    }

    [Fact]
    public void Keys_differ_where_their_parts_do() =>
        Assert.NotEqual(CacheKey.Of("ab", "c"), CacheKey.Of("a", "bc"));

    public void Dispose() => place.Dispose();

    private static CacheKey Key(string name) => CacheKey.Of(name);

    private ImageCache Open(ByteSize limit) => new(place.At("cache"), limit, clock) { Diagnose = diagnostics.Add };

    private void Keep(string name, string content) => cache.TryKeep(Key(name), "/a/tree", "plan", stream => stream.Write(System.Text.Encoding.ASCII.GetBytes(content)));

    /// <summary>Another process that holds the only lock, until it is killed.</summary>
    private sealed class LockHolder : IDisposable
    {
        private readonly Process process;

        public LockHolder(string path)
        {
            process = Process.Start(new ProcessStartInfo("flock", ["--no-fork", path, "sh", "-c", "echo held; exec sleep 600"]) { RedirectStandardOutput = true })!;
            Assert.Equal("held", process.StandardOutput.ReadLine());
        }

        public void Dispose()
        {
            process.Kill();
            process.WaitForExit();
        }
    }
}
