using Hearth.EndToEnd.Tests.Support;

namespace Hearth.EndToEnd.Tests.Images;

/// <summary>
/// Commands on images that are killed between two steps. strace(1) lists a command's calls that change files, and kills it when it is
/// about to make a certain one. After each kill, all that the store has is whole, and the next command goes on.
/// </summary>
public sealed class KilledCommandTests : IClassFixture<ImageRegistry>, IDisposable
{
    private readonly ImageRegistry images;
    private readonly Sandbox sandbox = new();
    private readonly KilledSteps steps;

    public KilledCommandTests(ImageRegistry images)
    {
        this.images = images;
        steps = new KilledSteps(sandbox, "rename,link,linkat,unlink,mkdir,rmdir,fsync,ftruncate,pwrite64");
    }

    private string App => $"{images.Host}/app:one";

    public void Dispose() => sandbox.Dispose();

    [Theory]
    [InlineData("pull")]
    [InlineData("load", Explicit = true)]
    [InlineData("import", Explicit = true)]
    public void A_killed_command_that_adds_an_image_leaves_only_whole_things_and_goes_on(string command)
    {
        string archive = sandbox.PathOf("archive.tar");
        sandbox.Hearth("pull", "-q", App);
        sandbox.Hearth("save", "-o", archive, App);
        string[] words = command switch
        {
            "pull" => ["pull", "-q", App],
            "load" => ["load", "-q", "-i", archive],
            _ => ["import", archive, "imported:1"],
        };

        KillAtEachStep(
            state => ["--state-dir", state, .. words],
            state =>
            {
                sandbox.Hearth(["--state-dir", state, .. words]);
                Assert.NotEqual("", sandbox.Hearth("--state-dir", state, "images", "-q"));
            });
    }

    /// <param name="most">At how many steps.</param>
    [Theory]
    [InlineData(5)]
    [InlineData(int.MaxValue, Explicit = true)]
    public void A_killed_commit_makes_no_image_and_does_not_stop_its_container(int most)
    {
        sandbox.Hearth("run", "-d", "--name", "box", "--entrypoint", "/bin/sh", App, "-c", "echo made >/made; sleep 1000");
        Sandbox.WaitUntil(() => sandbox.Hearth("diff", "box").Contains("A /made", StringComparison.Ordinal), "the change");

        KillAtEachStep(_ => ["commit", "box", "made:1"], state =>
        {
            Assert.Equal("running", sandbox.Inspect("box", "State.Status"));
            Assert.Equal("made", sandbox.Hearth("exec", "box", "cat", "/made"));
            sandbox.Hearth("commit", "box", "made:1");
            StoreCheck.AssertWhole(state);
            sandbox.Hearth("rmi", "made:1");
        }, sandbox.StateDirectory, most);
        sandbox.Hearth("rm", "-f", "box");
    }

    [Fact(Explicit = true)]
    public void A_killed_save_leaves_no_archive_under_the_name()
    {
        sandbox.Hearth("pull", "-q", App);
        string archive = sandbox.PathOf("saved.tar");
        string whole = sandbox.PathOf("whole.tar");
        sandbox.Hearth("save", "-o", whole, App);

        KillAtEachStep(_ => ["save", "-o", archive, App], _ =>
        {
            Assert.True(!File.Exists(archive) || File.ReadAllBytes(archive).AsSpan().SequenceEqual(File.ReadAllBytes(whole)));
            sandbox.Hearth("save", "-o", archive, App);
            Assert.Equal(File.ReadAllBytes(whole), File.ReadAllBytes(archive));
            File.Delete(archive);
        }, sandbox.StateDirectory);
    }

    [Theory]
    [InlineData("tag")]
    [InlineData("rmi")]
    [InlineData("prune", Explicit = true)]
    public void A_killed_change_of_names_or_removal_leaves_whole_images(string command)
    {
        sandbox.Hearth("pull", "-q", App);
        string[] words = command switch
        {
            "tag" => ["tag", App, "other:1"],
            "rmi" => ["rmi", App],
            _ => ["image", "prune", "-f", "--all"],
        };
        KillAtEachStep(_ => words, state =>
        {
            sandbox.Hearth("pull", "-q", App);
            StoreCheck.AssertWhole(state);
            if (command == "tag")
            {
                sandbox.Hearth("tag", App, "other:1");
                sandbox.Hearth("rmi", "other:1");
            }
        }, sandbox.StateDirectory);
    }

    /// <summary>Runs a command once to its end, and then kills it at each of its steps.</summary>
    /// <param name="words">The command, for a state directory.</param>
    /// <param name="goOn">What works after the kill.</param>
    /// <param name="shared">The state directory of all runs; null for a new one each time.</param>
    /// <param name="most">Of more steps than these, those that are evenly distributed among all.</param>
    private void KillAtEachStep(Func<string, string[]> words, Action<string> goOn, string? shared = null, int most = int.MaxValue)
    {
        int directories = 0;
        string NextState() => shared ?? sandbox.PathOf($"killed{directories++}");

        string first = NextState();
        IReadOnlyList<(string Call, int Most)> calls = steps.Count(words(first));
        goOn(first);

        (string Call, int Number)[] moments = [.. calls.SelectMany(call => Enumerable.Range(1, call.Most).Select(number => (call.Call, number)))];
        int step = Math.Max(1, moments.Length / most);
        int kills = 0;
        foreach ((string call, int number) in moments.Where((_, place) => place % step == 0))
        {
            string state = NextState();
            kills += steps.Kill(words(state), call, number) ? 1 : 0;
            StoreCheck.AssertWhole(state);
            goOn(state);
            StoreCheck.AssertWhole(state);
            sandbox.Hearth("--state-dir", state, "image", "prune", "-f");
            StoreCheck.AssertTidy(state);
            if (shared is null)
            {
                Directory.Delete(state, recursive: true);
            }
        }

        Assert.True(kills >= 4, $"{kills} kills");
    }
}
