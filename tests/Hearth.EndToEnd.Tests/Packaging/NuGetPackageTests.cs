using System.Net.Sockets;
using System.Text;
using Hearth.EndToEnd.Tests.Support;

namespace Hearth.EndToEnd.Tests.Packaging;

/// <summary>
/// A program outside of this repository that references the packages Hearth.Client and Hearth.Firecracker. Its code is what the
/// page of Hearth.Client shows, and a question to a stand-in for Firecracker.
/// </summary>
public sealed class NuGetPackageTests : IDisposable
{
    private const string Page = "src/Hearth.Client/README.md";
    private const string Version = "0.1.0-consumer";

    private const string Project = $"""
        <Project Sdk="Microsoft.NET.Sdk">
          <PropertyGroup>
            <OutputType>Exe</OutputType>
            <TargetFramework>net10.0</TargetFramework>
            <ImplicitUsings>enable</ImplicitUsings>
            <Nullable>enable</Nullable>
            <TreatWarningsAsErrors>true</TreatWarningsAsErrors>
          </PropertyGroup>
          <ItemGroup>
            <PackageReference Include="Hearth.Client" Version="[{Version}]" />
            <PackageReference Include="Hearth.Firecracker" Version="[{Version}]" />
          </ItemGroup>
        </Project>
        """;

    private readonly Sandbox sandbox = new();

    public void Dispose() => sandbox.Dispose();

    /// <summary>Packs, restores and builds, which takes half a minute; <c>./dev soak</c> runs it.</summary>
    [Fact(Explicit = true)]
    public async Task A_program_of_others_restores_builds_and_runs()
    {
        string packages = Pack();
        Assert.Equal(Packable(), Directory.GetFiles(packages, "*.nupkg").Select(file => Path.GetFileName(file).Replace($".{Version}.nupkg", "", StringComparison.Ordinal)).Order());
        WriteConsumer(packages);
        Dotnet("build", sandbox.PathOf("consumer"), "-c", "Release", "-nologo", "-clp:NoSummary");

        // What it got is from the packages alone, and everything that it restored is in a folder of its own.
        Assert.Contains($"hearth.client/{Version}", Directory.GetDirectories(sandbox.PathOf("restored/hearth.client")).Select(directory => Path.GetRelativePath(sandbox.PathOf("restored"), directory)));

        string socket = sandbox.PathOf("api.sock");
        Task answering = AnswerVersionAsync(socket);
        using Command program = sandbox.StartProgram("dotnet", sandbox.PathOf("consumer/bin/Release/net10.0/consumer.dll"), BusyboxTree.Make(sandbox), Programs.Hearth, socket);
        program.CloseInput();
        CommandResult result = program.Wait();

        Assert.True(result.ExitCode == 0, result.ErrorText);
        Assert.Equal("greeter is Created\nhello\nIt ended with 0.\nFirecracker 1.13.1\n", result.OutputText);
        Assert.Equal("", result.ErrorText);
        await answering;
        Assert.Equal("", sandbox.Hearth("ps", "-aq"));
    }

    private static IEnumerable<string> Packable() => Directory.GetFiles(Path.Combine(Programs.Repository, "src"), "*.csproj", SearchOption.AllDirectories)
        .Where(project => File.ReadAllText(project).Contains("<IsPackable>true", StringComparison.Ordinal)).Select(project => Path.GetFileNameWithoutExtension(project)).Order();

    /// <returns>The directory that has the packages.</returns>
    private string Pack()
    {
        Command.Tool("env", $"HEARTH_ARTIFACTS={sandbox.PathOf("artifacts")}", "HEARTH_VERSION_SUFFIX=-consumer", Path.Combine(Programs.Repository, "tools/pack"), "nuget");
        return sandbox.PathOf("artifacts/packages");
    }

    /// <summary>The sources that are configured on this machine stay; what they gave before is taken from the user's folder.</summary>
    private void WriteConsumer(string packages)
    {
        string[] blocks = [.. File.ReadAllText(Path.Combine(Programs.Repository, Page)).Split("```csharp\n").Skip(1).Select(block => block.Split("```")[0])];
        Assert.Equal(2, blocks.Length);
        string shared = Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget/packages");
        Directory.CreateDirectory(shared);
        sandbox.MakeTree(
            "consumer",
            ("consumer.csproj", Project),
            ("Program.cs", $$"""
                using Hearth.Firecracker;
                {{blocks[0]}}
                {{blocks[1]}}
                await using FirecrackerClient api = new(args[2]);
                output.WriteLine($"Firecracker {await api.GetVersionAsync(cancellationToken)}");
                """),
            ("nuget.config", $"""
                <configuration>
                  <packageSources><add key="hearth" value="{packages}" /></packageSources>
                  <fallbackPackageFolders><add key="shared" value="{shared}" /></fallbackPackageFolders>
                </configuration>
                """));
    }

    private void Dotnet(params string[] arguments)
    {
        Dictionary<string, string> environment = new()
        {
            ["NUGET_PACKAGES"] = sandbox.PathOf("restored"),
            ["NUGET_HTTP_CACHE_PATH"] = sandbox.PathOf("http"),
            ["MSBUILDDISABLENODEREUSE"] = "1",
        };
        using Command command = Command.Start("dotnet", arguments, environment);
        command.CloseInput();
        CommandResult result = command.Wait();
        Assert.True(result.ExitCode == 0, result.OutputText + result.ErrorText);
    }

    /// <summary>Firecracker's answer to the first request on a socket.</summary>
    private static Task AnswerVersionAsync(string path)
    {
        Socket listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(path));
        listener.Listen();
        return AnswerAsync();

        async Task AnswerAsync()
        {
            using (listener)
            using (Socket client = await listener.AcceptAsync())
            {
                byte[] request = new byte[4096];
                int length = await client.ReceiveAsync(request);
                Assert.StartsWith("GET /version HTTP/1.1\r\n", Encoding.UTF8.GetString(request, 0, length), StringComparison.Ordinal);
                const string Body = """{"firecracker_version":"1.13.1"}""";
                await client.SendAsync(Encoding.UTF8.GetBytes($"HTTP/1.1 200 \r\nContent-Type: application/json\r\nContent-Length: {Body.Length}\r\n\r\n{Body}"));
            }
        }
    }
}
