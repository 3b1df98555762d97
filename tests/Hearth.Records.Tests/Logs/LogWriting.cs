using System.Text;
using Hearth.Records.Logs;

namespace Hearth.Records.Tests.Logs;

/// <summary>Shorter words for what the tests write.</summary>
internal static class LogWriting
{
    public static void Out(this ContainerLog log, string text) => log.Write(LogStream.StandardOutput, Encoding.UTF8.GetBytes(text));

    public static void Err(this ContainerLog log, string text) => log.Write(LogStream.StandardError, Encoding.UTF8.GetBytes(text));
}
