using System.Diagnostics;

namespace Hearth.Bench;

/// <summary><c>hearth rootfs serve</c> on a tree, until disposed of.</summary>
internal sealed class ImageServer : IDisposable
{
    private static readonly TimeSpan ServeDeadline = TimeSpan.FromSeconds(30);

    private readonly Process server;

    public ImageServer(Workshop workshop, string tree, string format)
    {
        string directory = Directory.CreateDirectory(Path.Combine(workshop.Scratch, "image-" + format)).FullName;
        ImagePath = Path.Combine(directory, "rootfs.img");
        server = Shell.Start(workshop.Hearth, "rootfs", "serve", tree, "--at", directory, "--rootfs-format", format);

        // The server prints a line once the image can be opened.
        Task<string?> line = server.StandardOutput.ReadLineAsync();
        if (!line.Wait(ServeDeadline) || line.Result is null)
        {
            throw new InvalidOperationException($"hearth rootfs serve did not serve within {ServeDeadline.TotalSeconds} s: {(server.HasExited ? server.StandardError.ReadToEnd() : "")}");
        }
    }

    public string ImagePath { get; }

    public void Dispose()
    {
        Shell.Run("kill", "-INT", server.Id.ToString());
        server.WaitForExit();
        server.Dispose();
    }
}
