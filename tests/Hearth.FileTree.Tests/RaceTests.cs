using System.Text;
using Hearth.FileTree.Tests.Support;

namespace Hearth.FileTree.Tests;

/// <summary>Trees that change while they are walked.</summary>
public sealed class RaceTests : IDisposable
{
    private const int Walks = 300;
    private const string Secret = "secret";

    private readonly TemporaryDirectory directory = new();

    /// <summary>Each takes a place in the tree, does something to it and brings it back to what it was.</summary>
    public static TheoryData<string> Changes => [.. changes.Keys];

    private static readonly Dictionary<string, Action<string>> changes = new()
    {
        ["files come and go"] = place =>
        {
            File.WriteAllText($"{place}/fleeting", "x");
            File.Delete($"{place}/fleeting");
        },
        ["directories come and go"] = place =>
        {
            Directory.CreateDirectory($"{place}/fleeting/deeper/still");
            Directory.Delete($"{place}/fleeting", recursive: true);
        },
        ["links come and go"] = place =>
        {
            File.CreateSymbolicLink($"{place}/fleeting", "target");
            File.Delete($"{place}/fleeting");
        },
        ["a directory becomes a link to the outside"] = place =>
        {
            Directory.CreateDirectory($"{place}/fleeting");
            Directory.Delete($"{place}/fleeting");
            File.CreateSymbolicLink($"{place}/fleeting", $"{place}/../../outside");
            File.Delete($"{place}/fleeting");
        },
        ["a link becomes a file and a fifo"] = place =>
        {
            File.CreateSymbolicLink($"{place}/fleeting", "target");
            File.Delete($"{place}/fleeting");
            RawFiles.MakeNode(Encoding.UTF8.GetBytes($"{place}/fleeting"), NodeType.Fifo);
            File.Delete($"{place}/fleeting");
        },
        ["a directory moves"] = place =>
        {
            Directory.CreateDirectory($"{place}/fleeting/deeper");
            Directory.Move($"{place}/fleeting", $"{place}/fleeting-too");
            Directory.Delete($"{place}/fleeting-too", recursive: true);
        },
        ["attributes come and go"] = place =>
        {
            File.WriteAllText($"{place}/fleeting", "x");
            RawFiles.SetXattr(Encoding.UTF8.GetBytes($"{place}/fleeting"), "user.fleeting"u8, "y"u8);
            RawFiles.ChangeMode(Encoding.UTF8.GetBytes($"{place}/fleeting"), 0);
            File.Delete($"{place}/fleeting");
        },
    };

    [Theory]
    [MemberData(nameof(Changes))]
    public void What_stays_is_seen_and_nothing_else_fails_or_leads_outside(string change)
    {
        string[] lasting = MakeLasting();
        using var stop = new CancellationTokenSource();
        var changing = new Thread(() =>
        {
            while (!stop.IsCancellationRequested)
            {
                changes[change]($"{directory.File("tree")}/place");
            }
        });
        changing.Start();
        try
        {
            for (int i = 0; i < Walks; i++)
            {
                string[] seen = TreeText.PathsOf(DirectoryWalker.Walk(directory.File("tree"), new WalkOptions { Threads = 2 }));
                Assert.Equal(lasting, seen.Where(path => !path.Contains("fleeting", StringComparison.Ordinal)));
                Assert.DoesNotContain(seen, path => path.Contains(Secret, StringComparison.Ordinal));
            }
        }
        finally
        {
            stop.Cancel();
            changing.Join();
        }
    }

    public void Dispose() => directory.Dispose();

    private string[] MakeLasting()
    {
        Directory.CreateDirectory(directory.File("outside"));
        File.WriteAllText(directory.File($"outside/{Secret}"), "");
        var lasting = new List<string> { "place" };
        Directory.CreateDirectory(directory.File("tree/place"));
        for (int i = 0; i < 5; i++)
        {
            Directory.CreateDirectory(directory.File($"tree/d{i}"));
            File.WriteAllText(directory.File($"tree/d{i}/file"), "");
            File.WriteAllText(directory.File($"tree/place/file{i}"), "");
            lasting.AddRange([$"d{i}", $"d{i}/file", $"place/file{i}"]);
        }

        return [.. lasting.Order(StringComparer.Ordinal)];
    }
}
