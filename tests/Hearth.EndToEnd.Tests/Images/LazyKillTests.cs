using Hearth.EndToEnd.Tests.Support;

namespace Hearth.EndToEnd.Tests.Images;

/// <summary>Keepers that are killed while they fetch the rest of an image, and publishers that are killed while they send indexes.</summary>
public sealed class LazyKillTests(ImageRegistry images) : IClassFixture<ImageRegistry>, IDisposable
{
    private const string MakeImage = """
        rm -rf data; mkdir data && for i in $(seq 4); do head -c 1048576 /dev/urandom >data/$i; done
        umoci insert --image images:base --tag killed data /data
        skopeo copy --quiet --dest-tls-verify=false oci:images:killed docker://$HOST/killed:1
        cat data/1 data/2 data/3 data/4 | md5sum >sum
        rm -r data
        """;

    private const string ReadAll = "cat /data/1 /data/2 /data/3 /data/4 | busybox md5sum";

    private readonly Sandbox sandbox = new();

    private string Image => $"{images.Host}/killed:1";

    private string Publisher => sandbox.PathOf("publisher");

    public void Dispose() => sandbox.Dispose();

    /// <param name="most">At how many moments; all of them take minutes, and <c>./dev soak</c> runs them.</param>
    [Theory]
    [InlineData(3)]
    [InlineData(int.MaxValue, Explicit = true)]
    public void A_keeper_killed_while_it_fetches_or_stores_the_rest_leaves_parts_that_the_next_one_completes(int most)
    {
        Publish();
        KilledSteps steps = new(sandbox, "rename,linkat,mkdir,unlink,rmdir,fsync,pwrite64");
        Assert.False(RunAndFetch(steps, null, 0));
        (string Call, int Number)[] moments =
        [
            .. steps.CountTraced().Where(call => call.Call != "pwrite64").SelectMany(call => new[] { 1, Math.Min(call.Most, 4) }.Distinct().Select(number => (call.Call, number))),
            ("pwrite64", 2), ("pwrite64", 5),
        ];

        int kills = 0;
        foreach ((string call, int number) in moments.TakeLast(most))
        {
            sandbox.Hearth("rmi", "-f", Image);
            Sandbox.WaitUntil(IsPruned, "the end of those that used the image");
            StoreCheck.AssertTidy(sandbox.StateDirectory);
            kills += RunAndFetch(steps, call, number) ? 1 : 0;
            StoreCheck.AssertWhole(sandbox.StateDirectory);
            Assert.Equal($"{File.ReadAllText(Path.Combine(images.Place, "sum"))}", sandbox.Run("run", Image, "sh", "-c", ReadAll).OutputText);
            StoreCheck.AssertWhole(sandbox.StateDirectory);
        }

        Assert.True(kills >= Math.Min(most, 4) - 1, $"{kills} kills of {moments.Length}");
        sandbox.Hearth("pull", "-q", Image);
        Assert.Empty(Sandbox.FilesIn(Path.Combine(sandbox.StateDirectory, "images/lazy")));
        sandbox.SettleCrashes();
        BusyboxTree.Make(sandbox);
        sandbox.WaitForUsers();
    }

    [Fact]
    public void A_killed_publisher_of_indexes_leaves_none_or_a_whole_one_and_the_next_one_goes_on()
    {
        string digest = Publish();
        KilledSteps steps = new(sandbox, "sendto,sendmsg");
        IReadOnlyList<(string Call, int Most)> calls = steps.Count(PushTo("counted"));
        int kills = 0;
        foreach ((string call, int number) in calls.SelectMany(call => Enumerable.Range(1, call.Most).Select(number => (call.Call, number))))
        {
            string[] words = PushTo($"{call}-{number}");
            kills += steps.Kill(words, call, number) ? 1 : 0;
            StoreCheck.AssertWhole(Publisher);
            Assert.Equal(digest, sandbox.Hearth(words));
        }

        Assert.True(kills >= 2, $"{kills} kills");
        Assert.Equal(0, sandbox.Run("run", "--lazy", "always", "--background-fetch=false", $"{images.Host}/killed-counted:1", "true").ExitCode);
    }

    private bool IsPruned()
    {
        sandbox.Hearth("image", "prune", "-f");
        return Sandbox.FilesIn(Path.Combine(sandbox.StateDirectory, "images/lazy")).Count == 0;
    }

    /// <summary>Copies the image to a new repository.</summary>
    /// <returns>The command that puts its indexes there.</returns>
    private string[] PushTo(string repository)
    {
        string image = $"{images.Host}/killed-{repository}:1";
        images.Run($"skopeo copy --quiet --dest-tls-verify=false oci:images:killed docker://{image}");
        sandbox.Hearth("--state-dir", Publisher, "tag", Image, image);
        return ["--state-dir", Publisher, "image", "index", "--push", image];
    }

    /// <returns>The digest of the artifact with the indexes.</returns>
    private string Publish()
    {
        images.Run(MakeImage);
        sandbox.Hearth("--state-dir", Publisher, "pull", "-q", Image);
        return sandbox.Hearth("--state-dir", Publisher, "image", "index", "--push", Image);
    }

    /// <summary>Starts a container by parts of the image, and traces its keeper until it has fetched the rest, or is killed.</summary>
    /// <returns>Whether it was killed.</returns>
    private bool RunAndFetch(KilledSteps steps, string? call, int number)
    {
        string id = sandbox.Hearth("run", "-d", "--lazy", "always", "--name", "box", Image, "sleep", "1000");
        int keeper = sandbox.KeeperOf("box");
        using Command tracer = steps.Attach(keeper, call, number);
        Sandbox.WaitUntil(
            () => tracer.HasExited || sandbox.Hearth("events", "--since", "1h", "--until", "0s", "--filter", $"container={id}", "--filter", "event=fetch_complete").Length > 0,
            "the rest of the image",
            TimeSpan.FromMinutes(2));
        sandbox.Hearth("rm", "-f", "box");
        tracer.Wait();
        return steps.WasKilled();
    }
}
