using Hearth.Distribution;
using Hearth.FileTree;
using Hearth.FileTree.Programs;
using Hearth.Images.Lazy;
using Hearth.Layers.Merging;

namespace Hearth.Images.Tests.Lazy;

/// <summary>A command's program is there before it is read.</summary>
public sealed class ProgramPrefetchTests : IDisposable
{
    private readonly LazyLayer layer = new();
    private readonly WalkedTree walked;
    private readonly NodeId program;

    public ProgramPrefetchTests()
    {
        LayerMerge merge = new();
        merge.Add(0, layer.Index.ReadEntries());
        walked = merge.Build();
        program = walked.Tree.EntriesOf(Tree.Root)[0].Node;
    }

    [Fact]
    public async Task All_of_the_program_is_fetched_and_nothing_else()
    {
        using LazyContent content = layer.Open();
        await RunAsync(content);

        Assert.True(layer.AssertReadAsync(content, (long)walked.IdentityOf(program).Position, (int)walked.Tree[program].Size).IsCompletedSuccessfully);
        Assert.Equal(0, content.Statistics.Misses);
        Assert.InRange(content.MissingBytes, layer.Blob.Length / 2, layer.Blob.Length - 1);
    }

    [Fact]
    public async Task A_failure_is_left_to_the_reader()
    {
        using LazyContent content = layer.Open();
        layer.Source.BeforeRead = _ => throw new ImageException(ImageError.Unreachable, "cannot read: down");
        await RunAsync(content);

        layer.Source.BeforeRead = _ => Task.CompletedTask;
        await layer.AssertReadAsync(content, (long)walked.IdentityOf(program).Position, 100);
    }

    public void Dispose() => layer.Dispose();

    private Task RunAsync(LazyContent content) =>
        new ProgramPrefetch(walked, [content], _ => content, layer.Pace, TestContext.Current.CancellationToken).RunAsync(new ProgramCall(walked.Tree.TextPathOf(program), "", "/"));
}
