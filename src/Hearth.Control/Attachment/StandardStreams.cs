using Hearth.Linux.Descriptors;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Control.Attachment;

/// <summary>
/// The program's own standard streams, by plain system calls. Those of .NET's console set up a terminal first, and print control
/// sequences to it.
/// </summary>
public static class StandardStreams
{
    public static Stream OpenInput() => new DescriptorStream(new SafeFileHandle(0, ownsHandle: false), FileAccess.Read);

    /// <summary>What is written after the reader of the output has gone, is dropped.</summary>
    public static Stream OpenOutput() => new DescriptorStream(new SafeFileHandle(1, ownsHandle: false), FileAccess.Write) { DropsWithoutReader = true };

    /// <inheritdoc cref="OpenOutput"/>
    public static Stream OpenError() => new DescriptorStream(new SafeFileHandle(2, ownsHandle: false), FileAccess.Write) { DropsWithoutReader = true };
}
