using System.Text;
using Hearth.Machines.Tests.Support;

namespace Hearth.Machines.Tests.Conformance;

/// <summary>A booted machine whose guest runs the lines that it is sent.</summary>
internal sealed class ServingGuest : IAsyncDisposable
{
    private ServingGuest(IMachine machine, Stream channel)
    {
        Machine = machine;
        Channel = channel;
    }

    internal IMachine Machine { get; }

    internal Stream Channel { get; }

    internal static async Task<ServingGuest> BootAsync(IMachine machine)
    {
        try
        {
            await machine.BootAsync().WaitAsync(Deadlines.Guest);
            ServingGuest guest = new(machine, await machine.OpenChannelAsync());
            Assert.Equal(GuestScript.ChannelGreeting, await guest.ReadLineAsync());
            return guest;
        }
        catch
        {
            await machine.DisposeAsync();
            throw;
        }
    }

    /// <summary>Runs a shell line in the guest.</summary>
    /// <returns>What it wrote, and its status.</returns>
    internal async Task<(string Output, int Status)> TryRunAsync(string line)
    {
        await SendAsync(line + "\n");
        StringBuilder output = new();
        while (true)
        {
            string answer = await ReadLineAsync();
            if (answer.StartsWith(GuestScript.StatusPrefix, StringComparison.Ordinal))
            {
                return (output.ToString().TrimEnd('\n'), int.Parse(answer[GuestScript.StatusPrefix.Length..]));
            }

            output.Append(answer).Append('\n');
        }
    }

    /// <summary>The same for a line that has to succeed.</summary>
    internal async Task<string> RunAsync(string line)
    {
        (string output, int status) = await TryRunAsync(line);
        Assert.True(status == 0, $"'{line}' gave {status} in the guest: {output}");
        return output;
    }

    internal async Task SendAsync(string text) => await Channel.WriteAsync(Encoding.UTF8.GetBytes(text)).AsTask().WaitAsync(Deadlines.Guest);

    internal async Task<byte[]> ReadBytesAsync(int count)
    {
        byte[] bytes = new byte[count];
        await Channel.ReadExactlyAsync(bytes).AsTask().WaitAsync(Deadlines.Guest);
        return bytes;
    }

    /// <summary>The channel is a stream of bytes: a line is read byte by byte, so that nothing behind it is taken.</summary>
    internal async Task<string> ReadLineAsync(CancellationToken cancellationToken = default)
    {
        List<byte> line = [];
        byte[] one = new byte[1];
        while (true)
        {
            int count = await Channel.ReadAsync(one, cancellationToken).AsTask().WaitAsync(Deadlines.Guest, CancellationToken.None);
            if (count == 0)
            {
                MachineExit exit = await Machine.Exited.WaitAsync(Deadlines.Death, CancellationToken.None);
                Assert.Fail($"the channel ended after '{Encoding.UTF8.GetString([.. line])}': {exit.Message}\n{string.Join('\n', exit.ConsoleTail)}");
            }

            if (one[0] == '\n')
            {
                return Encoding.UTF8.GetString([.. line]);
            }

            line.Add(one[0]);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Channel.DisposeAsync();
        await Machine.DisposeAsync();
    }
}
