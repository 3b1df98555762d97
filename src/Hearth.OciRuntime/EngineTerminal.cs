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
/// A terminal between an engine and a keeper: its upper side goes to the engine over the console socket, its lower side becomes
/// the keeper's standard streams. It passes every byte on as it is; the terminal with a line discipline is the guest's.
/// </summary>
internal sealed class EngineTerminal : IDisposable
{
    private const string Device = "/dev/ptmx";

    private readonly SafeFileHandle lower;

    private EngineTerminal(SafeFileHandle lower) => this.lower = lower;

    public KeeperStandardStreams Streams => new(lower, lower, lower);

    /// <param name="consoleSocket">Where the engine listens.</param>
    /// <param name="size">The size that it begins with; null for none.</param>
    /// <exception cref="HearthException">The socket cannot be reached, or there is no terminal to be had.</exception>
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
            throw new HearthException(HearthError.InvalidRequest, $"cannot give the engine a terminal over the console socket '{consoleSocket}': {exception.Message}", exception);
        }
    }

    public void Dispose() => lower.Dispose();
}
