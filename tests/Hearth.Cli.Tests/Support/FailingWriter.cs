using System.Text;

namespace Hearth.Cli.Tests.Support;

/// <summary>Output that throws whatever is written to it.</summary>
internal sealed class FailingWriter(Exception failure) : TextWriter
{
    public override Encoding Encoding => Encoding.UTF8;

    public override void Write(char value) => throw failure;

    public override Task WriteAsync(char value) => throw failure;

    public override Task WriteLineAsync(string? value) => throw failure;
}
