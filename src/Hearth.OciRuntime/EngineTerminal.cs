using System.Net.Sockets;
using Hearth.Client;
using Hearth.Containers;
using Hearth.Containers.Specification;
using Hearth.Linux;
using Hearth.Linux.Sockets;
using Hearth.Linux.Terminals;
using Microsoft.Win32.SafeHandles;

namespace Hearth.OciRuntime;

/// <summary>
/// A pseudo-terminal between an engine and a keeper. The engine receives its master side over the console socket; its slave side
/// becomes the keeper's standard streams. It passes every byte on unchanged, since the guest's terminal has the line discipline.
/// </summary>
internal sealed class EngineTerminal : IDisposable
{
    private const string Device = "/dev/ptmx";

    private readonly SafeFileHandle lower;

    private EngineTerminal(SafeFileHandle lower) => this.lower = lower;

    public KeeperStandardStreams Streams => new(lower, lower, lower);

    /// <param name="consoleSocket">The socket on which the engine listens.</param>
    /// <param name="size">The terminal's initial size; null for none.</param>
    /// <exception cref="HearthException">The socket cannot be reached, or no terminal is available.</exception>
    public static EngineTerminal Give(string consoleSocket, ConsoleSizeSpec? size)
    {
        try
        {
            using SafeFileHandle upper = PseudoTerminals.Create(Device, out int number);
            SafeFileHandle lower = PseudoTerminals.Open($"/dev/pts/{number}");
            try
            {
                TerminalModes.Write(lower, TerminalModes.MakeRaw(TerminalModes.Read(lower)));
                if (size is not null)
                {
                    PseudoTerminals.Resize(lower, new TerminalSize(size.Height, size.Width));
                }

                using Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                socket.Connect(new UnixDomainSocketEndPoint(consoleSocket));
                DescriptorPassing.Send(socket, upper, "/dev/ptmx"u8);
                return new EngineTerminal(lower);
            }
            catch
            {
                lower.Dispose();
                throw;
            }
        }
        catch (Exception exception) when (exception is LinuxException or SocketException or ArgumentException)
        {
            throw new HearthException(HearthError.InvalidRequest, $"cannot send the engine a terminal over the console socket '{consoleSocket}': {exception.Message}", exception);
        }
    }

    public void Dispose() => lower.Dispose();
}
