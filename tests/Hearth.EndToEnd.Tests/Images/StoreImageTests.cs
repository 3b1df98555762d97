using Hearth.EndToEnd.Tests.Support;

namespace Hearth.EndToEnd.Tests.Images;

/// <summary>Containers of images in podman's store.</summary>
public sealed class StoreImageTests : IClassFixture<ImageRegistry>, IDisposable
{
    private readonly Sandbox sandbox = new();
    private readonly ImageRegistry images;
    private readonly string podman;

    public StoreImageTests(ImageRegistry images)
    {
        this.images = images;
        podman = Path.Combine(sandbox.MakeTree("bin"), "podman");
        File.WriteAllText(podman, $"#!/bin/sh\nexec /usr/bin/podman --storage-driver=overlay --root={sandbox.PathOf("podman")} --runroot={sandbox.PathOf("runroot")} \"$@\"\n");
        File.SetUnixFileMode(podman, (UnixFileMode)0b111_101_101);
        sandbox.Set("PATH", $"{Path.GetDirectoryName(podman)}:{Environment.GetEnvironmentVariable("PATH")}");
    }

    private string App => $"{images.Host}/app:one";

    public void Dispose()
    {
        Podman("rmi", "--all", "--force");
        sandbox.Dispose();
    }

    [Fact]
    public void An_image_of_podman_runs_by_its_name_and_by_its_id()
    {
        Podman("pull", "--quiet", "--tls-verify=false", App);
        string id = Podman("image", "inspect", "--format", "{{.Id}}", App).Trim();

        CommandResult run = sandbox.RunExpecting(0, "run", $"containers-storage:{App}", "cat", "/etc/passwd");
        Assert.Equal("entry cat /etc/passwd\n", run.OutputText);
        Assert.Matches("\nRoot: eager, .* fetched", run.ErrorText);
        Assert.Equal($"{App} sha256:{id}", sandbox.Hearth("images", "--no-trunc", "--format", "{{.Repository}}:{{.Tag}} {{.ID}}"));
        sandbox.Hearth("rmi", App);

        Assert.Equal("entry cat /etc/passwd\n", sandbox.RunExpecting(0, "run", $"containers-storage:{id}", "cat", "/etc/passwd").OutputText);
        Assert.Equal($"<none>:<none> sha256:{id}", sandbox.Hearth("images", "--no-trunc", "--format", "{{.Repository}}:{{.Tag}} {{.ID}}"));
        Assert.Matches("^sha256:[0-9a-f]{64}$", sandbox.Hearth("pull", "--quiet", $"containers-storage:{id[..12]}"));
    }

    private string Podman(params string[] words)
    {
        using Command command = sandbox.StartProgram(podman, words);
        command.CloseInput();
        CommandResult result = command.Wait();
        Assert.True(result.ExitCode == 0, result.ErrorText);
        return result.OutputText;
    }
}
