using Hearth.Distribution.References;
using Hearth.Images.Pulling;
using Hearth.Linux.Processes;

namespace Hearth.Rendering.Tests;

/// <summary>The layers of a pull on a terminal, and elsewhere.</summary>
public sealed class PullOutputTests
{
    private static readonly Digest one = Digest.Of("one"u8);
    private static readonly Digest two = Digest.Of("two"u8);

    private readonly StringWriter error = new() { NewLine = "\n" };

    [Fact]
    public void On_a_terminal_each_layer_has_a_line_that_is_drawn_again()
    {
        using (PullOutput output = new(Context(columns: 80), ProgressKind.Auto))
        {
            output.Show(new LayerProgress(one, LayerState.Waiting, 0, 4 << 20));
            output.Show(new LayerProgress(two, LayerState.Present, 100, 100));
            output.Show(new LayerProgress(one, LayerState.Fetching, 1 << 20, 4 << 20));
        }

        Assert.Equal(
            $"\r{one.Short}: Waiting\u001b[K\n"
            + $"\u001b[1A\r{one.Short}: Waiting\u001b[K\n\r{two.Short}: Already exists\u001b[K\n"
            + $"\u001b[2A\r{one.Short}: Downloading ██████░░░░░░░░░░░░░░░░░░  25%  1.0 MiB of 4.0 MiB\u001b[K\n\r{two.Short}: Already exists\u001b[K\n"
            + $"\u001b[2A\r{one.Short}: Downloading ██████░░░░░░░░░░░░░░░░░░  25%  1.0 MiB of 4.0 MiB\u001b[K\n\r{two.Short}: Already exists\u001b[K\n",
            error.ToString());
    }

    [Fact]
    public void A_line_is_not_longer_than_the_terminal_is_wide()
    {
        using PullOutput output = new(Context(columns: 20), ProgressKind.Auto);
        output.Show(new LayerProgress(one, LayerState.Fetching, 1, 2));
        Assert.Equal($"\r{$"{one.Short}: Downloading"[..19]}\u001b[K\n", error.ToString());
    }

    [Fact]
    public void Elsewhere_a_layer_has_a_line_for_each_state()
    {
        using PullOutput output = new(Context(columns: null), ProgressKind.Auto);
        output.Show(new LayerProgress(one, LayerState.Fetching, 1, 9));
        output.Show(new LayerProgress(one, LayerState.Fetching, 5, 9));
        output.Show(new LayerProgress(one, LayerState.Complete, 9, 9));
        Assert.Equal($"{one.Short}: Downloading\n{one.Short}: Pull complete\n", error.ToString());
    }

    private TerminalOutput Context(int? columns) => new() { Output = TextWriter.Null, Error = error, Environment = HostEnvironment.Empty, ErrorColumns = columns };

    private sealed class TerminalOutput : OutputContext;
}
