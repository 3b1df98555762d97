using System.IO.Compression;
using Hearth.Firecracker.Tests.Api;
using Hearth.Firecracker.Tests.Support;

namespace Hearth.Firecracker.Tests;

/// <summary>The library as its users get it: packed, restored from a directory alone, and run in a program that knows nothing else of Hearth.</summary>
public sealed class PackageTests : IDisposable
{
    private const string Project = """
        <Project Sdk="Microsoft.NET.Sdk">
          <PropertyGroup>
            <OutputType>Exe</OutputType>
            <TargetFramework>net10.0</TargetFramework>
            <Nullable>enable</Nullable>
            <ImplicitUsings>enable</ImplicitUsings>
            <TreatWarningsAsErrors>true</TreatWarningsAsErrors>
            <UseAppHost>false</UseAppHost>
          </PropertyGroup>
          <ItemGroup>
            <PackageReference Include="Hearth.Firecracker" Version="*" />
          </ItemGroup>
        </Project>
        """;

    private const string Sources = """
        <configuration>
          <packageSources><clear /><add key="packed" value="packages" /></packageSources>
          <config><add key="globalPackagesFolder" value="restored" /></config>
        </configuration>
        """;

    private readonly TemporaryDirectory place = new();

    [Fact]
    public async Task A_program_uses_the_package_as_its_readme_says()
    {
        string readme = Checkout.Read("src/Hearth.Firecracker/README.md");
        string example = readme.Split("```csharp\n")[1].Split("```")[0];
        Tool.Run("dotnet", "pack", Path.Combine(Checkout.Root, "src/Hearth.Firecracker"), "-c", "Release", "--no-build", "-o", place["app/packages"]);
        Write("app/app.csproj", Project);
        Write("app/nuget.config", Sources);
        Write("app/Program.cs", "using Hearth.Firecracker;\nusing Hearth.Firecracker.Api;\n\n" + example.Replace("/run/vm/api.sock", place["api.sock"], StringComparison.Ordinal));

        Tool.RunIn(place["app"], "", "dotnet", "build", "-c", "Release", "-o", "out");
        await using ScriptedApi api = ScriptedApi.Listen(place["api.sock"]);
        string output = Tool.RunIn(place["app"], "", "dotnet", "out/app.dll");

        Assert.Equal($"Firecracker {FirecrackerRelease.Version}\n", output);
        Assert.Equal(
            ["GET /version", "PUT /machine-config", "PUT /boot-source", "PUT /drives/rootfs", "PUT /vsock", "PUT /actions"],
            api.Calls.Select(call => $"{call.Method} {call.Path}"));
        Assert.Equal(["app.dll", "Hearth.Firecracker.dll"], Directory.EnumerateFiles(place["app/out"], "*.dll").Select(Path.GetFileName).Order(StringComparer.Ordinal).Reverse());
    }

    [Fact]
    public void The_package_holds_the_library_its_comments_and_its_readme_and_needs_no_other()
    {
        Tool.Run("dotnet", "pack", Path.Combine(Checkout.Root, "src/Hearth.Firecracker"), "-c", "Release", "--no-build", "-o", place.Path);

        using ZipArchive package = ZipFile.OpenRead(Assert.Single(Directory.EnumerateFiles(place.Path, "*.nupkg")));
        string description = new StreamReader(package.Entries.Single(entry => entry.Name == "Hearth.Firecracker.nuspec").Open()).ReadToEnd();

        Assert.Subset(
            package.Entries.Select(entry => entry.FullName).ToHashSet(),
            new HashSet<string> { "README.md", "lib/net10.0/Hearth.Firecracker.dll", "lib/net10.0/Hearth.Firecracker.xml" });
        Assert.Contains("<license type=\"expression\">Apache-2.0</license>", description, StringComparison.Ordinal);
        Assert.Contains("<readme>README.md</readme>", description, StringComparison.Ordinal);
        Assert.DoesNotContain("<dependency ", description, StringComparison.Ordinal);
    }

    public void Dispose() => place.Dispose();

    private void Write(string name, string text) => place.Write(name, System.Text.Encoding.UTF8.GetBytes(text));
}
