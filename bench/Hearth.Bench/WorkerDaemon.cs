using System.Diagnostics;
using System.Net.Sockets;
using System.Text.Json;

namespace Hearth.Bench;

/// <summary>hearthd with directories of its own, until disposed of.</summary>
internal sealed class WorkerDaemon : IDisposable
{
    private static readonly TimeSpan startDeadline = TimeSpan.FromSeconds(30);

    private readonly Process process;
    private readonly string socket;

    public WorkerDaemon(Workshop workshop, params string[] directories)
    {
        socket = Path.Combine(workshop.Scratch, "docker.sock");
        process = Shell.Start(workshop.Daemon, [.. directories, "--socket", socket]);
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        Client = new HttpClient(new SocketsHttpHandler { ConnectCallback = async (_, cancellationToken) => await ConnectAsync(cancellationToken) })
        {
            BaseAddress = new Uri("http://hearthd/"),
            Timeout = Timeout.InfiniteTimeSpan,
        };
        long began = Stopwatch.GetTimestamp();
        while (!IsReady())
        {
            if (process.HasExited || Stopwatch.GetElapsedTime(began) > startDeadline)
            {
                throw new InvalidOperationException($"hearthd did not answer within {startDeadline.TotalSeconds} s");
            }

            Shell.Run("sleep", "0.05");
        }
    }

    public HttpClient Client { get; }

    public int ProcessId => process.Id;

    /// <summary>Runs docker's client to its end.</summary>
    public string Docker(params string[] arguments) => Shell.Run("docker", ["-H", $"unix://{socket}", .. arguments]);

    /// <summary>The value of a document that the API gives.</summary>
    public JsonElement Get(string path)
    {
        using JsonDocument document = JsonDocument.Parse(Client.GetStringAsync(path).GetAwaiter().GetResult());
        return document.RootElement.Clone();
    }

    public async Task PostAsync(string path)
    {
        using HttpResponseMessage answer = await Client.PostAsync(path, content: null);
        if (!answer.IsSuccessStatusCode)
        {
            throw new InvalidOperationException($"POST {path} answered {(int)answer.StatusCode}: {await answer.Content.ReadAsStringAsync()}");
        }
    }

    public void Dispose()
    {
        Client.Dispose();
        Shell.Run("kill", "-TERM", process.Id.ToString());
        process.WaitForExit();
        process.Dispose();
    }

    private async Task<Stream> ConnectAsync(CancellationToken cancellationToken)
    {
        Socket connection = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await connection.ConnectAsync(new UnixDomainSocketEndPoint(socket), cancellationToken);
        return new NetworkStream(connection, ownsSocket: true);
    }

    private bool IsReady()
    {
        try
        {
            return Client.GetStringAsync("_ping").GetAwaiter().GetResult() == "OK";
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
