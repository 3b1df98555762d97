using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Hearth.Distribution.Tests.Support;

/// <summary>Debian's docker-registry on loopback, with an empty store of its own.</summary>
public sealed class DebianRegistry : IDisposable
{
    private const int Attempts = 5;
    private static readonly TimeSpan startTimeout = TimeSpan.FromSeconds(20);

    private Process process;

    /// <param name="directory">For its configuration and store; it must exist.</param>
    /// <param name="authentication">The <c>auth</c> part of its configuration, in YAML; null for none.</param>
    public DebianRegistry(string directory, string? authentication = null)
    {
        Directory = directory;
        for (int attempt = 1; ; attempt++)
        {
            Port = FreePort();
            string configuration = Path.Combine(directory, "config.yml");
            File.WriteAllText(configuration, Configure(directory, Port, authentication));
            process = Start(configuration, Path.Combine(directory, "registry.log"));
            if (WaitUntilItListens())
            {
                return;
            }

            Dispose();
            if (attempt == Attempts)
            {
                throw new InvalidOperationException($"docker-registry does not start: {File.ReadAllText(Path.Combine(directory, "registry.log"))}");
            }
        }
    }

    public int Port { get; }

    public string Directory { get; }

    /// <summary>HOST:PORT, as in an image's name.</summary>
    public string Host => $"127.0.0.1:{Port}";

    /// <summary>Ends it; what it has stays.</summary>
    public void Stop()
    {
        process.Kill();
        process.WaitForExit();
    }

    /// <summary>Starts it again at its port, after <see cref="Stop"/>.</summary>
    public void StartAgain()
    {
        process.Dispose();
        process = Start(Path.Combine(Directory, "config.yml"), Path.Combine(Directory, "registry.log"));
        if (!WaitUntilItListens())
        {
            throw new InvalidOperationException($"docker-registry does not start again: {File.ReadAllText(Path.Combine(Directory, "registry.log"))}");
        }
    }

    public void Dispose()
    {
        if (!process.HasExited)
        {
            Stop();
        }

        process.Dispose();
    }

    private static string Configure(string directory, int port, string? authentication) => $"""
        version: 0.1
        log:
          level: warn
          accesslog:
            disabled: true
        storage:
          filesystem:
            rootdirectory: {directory}/store
          delete:
            enabled: true
        http:
          addr: 127.0.0.1:{port}
          secret: of-the-tests
        {authentication}
        """;

    private static Process Start(string configuration, string log)
    {
        ProcessStartInfo start = new("/bin/sh") { UseShellExecute = false };
        foreach (string word in new[] { "-c", "exec docker-registry serve \"$1\" >>\"$2\" 2>&1", "sh", configuration, log })
        {
            start.ArgumentList.Add(word);
        }

        return Process.Start(start)!;
    }

    private static int FreePort()
    {
        using Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    /// <summary>It writes no line when it listens: connections are tried.</summary>
    private bool WaitUntilItListens()
    {
        long start = TimeProvider.System.GetTimestamp();
        while (!process.WaitForExit(20) && TimeProvider.System.GetElapsedTime(start) < startTimeout)
        {
            try
            {
                using TcpClient client = new("127.0.0.1", Port);
                return true;
            }
            catch (SocketException)
            {
                // Not yet.
            }
        }

        return false;
    }
}
