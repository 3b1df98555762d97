using System.Text;
using Spectre.Console;

namespace Hearth.Rendering;

/// <summary>Makes the drawing library write to a command's output, in colour only if wanted, without queries to the terminal.</summary>
public static class Drawing
{
    /// <summary>The width of drawings in a file or a pipe.</summary>
    private const int ColumnsWithoutTerminal = 100;

    public static IAnsiConsole OnOutput(OutputContext context) => Create(context.Output, context.OutputColumns, context.ColoursOutput);

    public static IAnsiConsole OnError(OutputContext context) => Create(context.Error, context.ErrorColumns, context.ColoursError);

    private static IAnsiConsole Create(TextWriter writer, int? columns, bool coloured) => AnsiConsole.Create(new AnsiConsoleSettings
    {
        Ansi = coloured ? AnsiSupport.Yes : AnsiSupport.No,
        ColorSystem = coloured ? ColorSystemSupport.Standard : ColorSystemSupport.NoColors,
        Interactive = InteractionSupport.No,
        Out = new FixedOutput(writer, columns),
        Enrichment = new ProfileEnrichment { UseDefaultEnrichers = false },
    });

    private sealed class FixedOutput(TextWriter writer, int? columns) : IAnsiConsoleOutput
    {
        public TextWriter Writer => writer;

        public bool IsTerminal => columns is not null;

        public int Width => columns ?? ColumnsWithoutTerminal;

        public int Height => int.MaxValue;

        public void SetEncoding(Encoding encoding)
        {
            // The writer has its encoding already.
        }
    }
}
