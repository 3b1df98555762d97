using System.Net.Sockets;
using Hearth.Control;

namespace Hearth.Client.Tests.Support;

/// <summary>A keeper's socket that takes clients and answers nothing, but for what a test has it send.</summary>
internal sealed class SilentKeeper : IDisposable
{
    private readonly Socket listening;

    /// <param name="place">Whose container it listens for.</param>
    public SilentKeeper(ClientPlace place)
    {
        string directory = Path.Combine(place.Directories.Containers, place.Container.Id);
        Directory.CreateDirectory(directory);
        listening = ControlSocket.Listen(directory);
    }

    public async Task<ControlConnection> AcceptAsync() => new(await listening.AcceptAsync());

    public void Dispose() => listening.Dispose();
}
