using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;

namespace Hearth.Bench;

/// <summary>What a client on the host measures at a server in a guest.</summary>
internal static class Traffic
{
    private static readonly TimeSpan patience = TimeSpan.FromSeconds(60);

    /// <summary>Bits per second, as the receiver counts them. A server that still ends an earlier transfer is asked again.</summary>
    public static double Transfer(string address, params string[] flags)
    {
        string? failure = null;
        for (int attempt = 0; attempt < 20; attempt++)
        {
            using Process client = Shell.Start("iperf3", ["-c", address, "-t", "3", "-J", .. flags]);
            string json = client.StandardOutput.ReadToEnd();
            client.WaitForExit();
            using JsonDocument result = JsonDocument.Parse(json);
            if (!result.RootElement.TryGetProperty("error", out JsonElement error))
            {
                return result.RootElement.GetProperty("end").GetProperty("sum_received").GetProperty("bits_per_second").GetDouble();
            }

            failure = error.GetString();
            Shell.Run("sleep", "0.5");
        }

        throw new InvalidOperationException($"iperf3 failed: {failure}");
    }

    /// <summary>Seconds for a connection and the byte that the server writes to each client.</summary>
    public static double GreetTime(string address, int port, int count) => Timing.Measure(() =>
    {
        byte[] one = new byte[1];
        for (int i = 0; i < count; i++)
        {
            using Socket socket = Connect(address, port);
            if (socket.Receive(one) == 0)
            {
                throw new SocketException((int)SocketError.ConnectionReset);
            }
        }
    }) / 1000 / count;

    /// <summary>Seconds for a connection, a byte to a server that echoes it and the answer: a proxy accepts before the guest does.</summary>
    public static double AnswerTime(string address, int port, int count) => Timing.Measure(() =>
    {
        for (int i = 0; i < count; i++)
        {
            using Socket socket = Connect(address, port);
            Ask(socket);
        }
    }) / 1000 / count;

    /// <summary>Seconds for a byte and its answer on an open connection.</summary>
    public static double RoundTrip(string address, int port, int count)
    {
        using Socket socket = Connect(address, port);
        Ask(socket);
        return Timing.Measure(() =>
        {
            for (int i = 0; i < count; i++)
            {
                Ask(socket);
            }
        }) / 1000 / count;
    }

    /// <summary>Waits until something answers a byte.</summary>
    public static void WaitForAnswer(string address, int port)
    {
        long start = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(start) < patience)
        {
            try
            {
                using Socket socket = Connect(address, port);
                Ask(socket);
                return;
            }
            catch (SocketException)
            {
                // A proxy of the host accepts before the guest's server listens, and then closes.
            }
        }

        throw new InvalidOperationException($"the guest's server at port {port} does not answer");
    }

    public static void WaitFor(string address, int port)
    {
        long start = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(start) < patience)
        {
            try
            {
                using TcpClient client = new(address, port);
                return;
            }
            catch (SocketException)
            {
                // A connection is refused until the server listens; the guest answers at once.
            }
        }

        throw new InvalidOperationException("the guest's server does not answer");
    }

    private static Socket Connect(string address, int port)
    {
        Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, ReceiveTimeout = 5000 };
        try
        {
            socket.Connect(new IPEndPoint(IPAddress.Parse(address), port));
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <exception cref="SocketException">There is no answer.</exception>
    private static void Ask(Socket socket)
    {
        byte[] one = [1];
        socket.Send(one);
        if (socket.Receive(one) == 0)
        {
            throw new SocketException((int)SocketError.ConnectionReset);
        }
    }
}
