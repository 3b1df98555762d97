using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Hearth.Firecracker.Tests.Api;

namespace Hearth.Machines.Tests.Firecracker;

/// <summary>
/// A program in Firecracker's place where a microVM cannot run: a real process with real sockets that takes Firecracker's
/// arguments and requests, checks each against the API's description, and does what a test wants of it.
/// <code>
/// version=1.12.0          what it says it is              refuse=/vsock:words     answers a request with a refusal
/// record=FILE             writes down all requests        exit=/vsock:152:words   ends at a request, with words on stderr
/// late                    listens a while after binding   garbage=/vsock          answers something else than HTTP
/// closed=3                vsock closes so many first      silent=/actions         never answers
/// console=text            on stdout after the start       flood=100000            that many bytes into log and metrics
/// panic                   a panic's line, and ends        output=text             on stdout before such an end
/// </code>
/// </summary>
internal sealed class StandIn
{
    internal const string Mode = "act-as-firecracker";

    /// <summary>What its vsock port says first, in one piece with the answer to CONNECT.</summary>
    internal const string Greeting = "guest here\n";

    private readonly Dictionary<string, string> behaviour;
    private int connectionsToClose;

    private StandIn(string behaviour)
    {
        this.behaviour = behaviour.Split(';', StringSplitOptions.RemoveEmptyEntries).Select(entry => entry.Split('=', 2)).ToDictionary(entry => entry[0], entry => entry.ElementAtOrDefault(1) ?? "");
        connectionsToClose = int.Parse(this.behaviour.GetValueOrDefault("closed", "0"));
    }

    /// <summary>Writes the program, a script that becomes this one.</summary>
    /// <returns>Its path.</returns>
    internal static string Write(string path, string behaviour)
    {
        string root = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(typeof(object).Assembly.Location)!, "../../.."));
        File.WriteAllText(path, $"#!/bin/sh\nexport DOTNET_ROOT='{root}'\nexec '{Environment.ProcessPath}' {Mode} '{behaviour}' \"$@\"\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        return path;
    }

    /// <summary>The program's side: runs until it is killed, or told to end.</summary>
    internal static async Task<int> RunAsync(string behaviour, string[] arguments)
    {
        StandIn self = new(behaviour);
        Socket listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(arguments[Array.IndexOf(arguments, "--api-sock") + 1]));
        if (self.behaviour.ContainsKey("late"))
        {
            using ManualResetEventSlim never = new();
            never.Wait(TimeSpan.FromMilliseconds(200));
        }

        listener.Listen();
        await using ScriptedApi api = new(listener, self.Answer, self.Follow);
        await new TaskCompletionSource().Task;
        return 0;
    }

    private static void End(int status, string words)
    {
        global::System.Console.Error.WriteLine(words);
        global::System.Console.Error.Flush();
        Environment.Exit(status);
    }

    private byte[]? Answer(ApiCall call)
    {
        Record(call);
        if (Asked("exit", call) is [_, string status, string words])
        {
            global::System.Console.Write(behaviour.GetValueOrDefault("output", ""));
            global::System.Console.Out.Flush();
            End(int.Parse(status), words);
        }

        if (Asked("refuse", call) is [_, string refusal])
        {
            return ScriptedApi.Refusal(refusal);
        }

        if (Asked("garbage", call) is not null)
        {
            return "220 mail.example.org ESMTP\r\n\r\n"u8.ToArray();
        }

        if (Asked("silent", call) is not null)
        {
            new ManualResetEventSlim().Wait();
        }

        return Act(call);
    }

    private byte[]? Act(ApiCall call)
    {
        switch (call.Method, call.Path)
        {
            case ("GET", "/version"):
                return ScriptedApi.Answer(200, $$"""{"firecracker_version":"{{behaviour.GetValueOrDefault("version", "1.13.1")}}"}""");
            case ("PUT", "/vsock"):
                return BindVsock(JsonDocument.Parse(call.Body).RootElement.GetProperty("uds_path").GetString()!);
            case ("PUT", "/logger" or "/metrics") when behaviour.TryGetValue("flood", out string? bytes):
                Flood(JsonDocument.Parse(call.Body).RootElement.GetProperty(call.Path[1..] == "logger" ? "log_path" : "metrics_path").GetString()!, int.Parse(bytes));
                return null;
            default:
                return null;
        }
    }

    /// <summary>What the guest does, once the request is answered.</summary>
    private void Follow(ApiCall call)
    {
        if (call.Path != "/actions")
        {
            return;
        }

        if (call.Text.Contains("SendCtrlAltDel", StringComparison.Ordinal))
        {
            End(0, "");
        }

        if (behaviour.TryGetValue("console", out string? text))
        {
            global::System.Console.WriteLine(text);
        }

        if (behaviour.ContainsKey("panic"))
        {
            global::System.Console.WriteLine("[    0.5] Kernel panic - not syncing: for a test");
            global::System.Console.Out.Flush();
            End(0, "");
        }
    }

    private static void Flood(string path, int bytes)
    {
        using FileStream file = new(path, FileMode.Open, FileAccess.Write);
        for (int written = 0; written < bytes; written += 10)
        {
            file.Write(Encoding.ASCII.GetBytes($"{written:000000000}\n"));
        }
    }

    /// <summary>As Firecracker, it does not replace what stands at the path.</summary>
    private byte[]? BindVsock(string path)
    {
        if (File.Exists(path))
        {
            return ScriptedApi.Refusal("Cannot create backend for vsock device: UnixBind: Address in use (os error 98)");
        }

        Socket listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(path));
        listener.Listen();
        _ = ServeVsockAsync(listener);
        return null;
    }

    private async Task ServeVsockAsync(Socket listener)
    {
        while (true)
        {
            await using NetworkStream stream = new(await listener.AcceptAsync(), ownsSocket: true);
            using StreamReader reader = new(stream, leaveOpen: true);
            string? line = await reader.ReadLineAsync();
            if (connectionsToClose-- > 0 || line is null)
            {
                continue;
            }

            Trace.Assert(line.StartsWith("CONNECT ", StringComparison.Ordinal), line);
            await stream.WriteAsync(Encoding.ASCII.GetBytes($"OK 1073741824\n{Greeting}"));
            while (await reader.ReadLineAsync() is string text)
            {
                await stream.WriteAsync(Encoding.UTF8.GetBytes($"{line}: {text}\n"));
            }
        }
    }

    private string[]? Asked(string name, ApiCall call) =>
        behaviour.TryGetValue(name, out string? value) && value.Split(':') is var parts && parts[0] == call.Path ? parts : null;

    private void Record(ApiCall call)
    {
        if (behaviour.TryGetValue("record", out string? path))
        {
            File.AppendAllText(path, $"{call.Method} {call.Path} {call.Text}\n");
        }
    }
}
