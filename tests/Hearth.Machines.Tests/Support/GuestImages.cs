using System.Text;
using Hearth.Machines.Initramfs;
using Hearth.Machines.Tests.Conformance;
using Hearth.Machines.Tests.Support;

[assembly: AssemblyFixture(typeof(GuestImages))]

namespace Hearth.Machines.Tests.Support;

/// <summary>
/// The test guest's initramfs, one a driver: Hearth's own archive with the driver's modules and busybox as /init, and behind
/// it a second archive, by cpio, with the script that serves the channel.
/// </summary>
public sealed class GuestImages : IDisposable
{
    private const string Busybox = "/bin/busybox";

    private readonly TemporaryDirectory directory = new();
    private readonly Dictionary<string, string> made = [];

    internal string InitramfsFor(DriverUnderTest driver)
    {
        lock (made)
        {
            string vmm = driver.Create().Vmm;
            if (!made.TryGetValue(vmm, out string? path))
            {
                made[vmm] = path = Make(driver, vmm);
            }

            return path;
        }
    }

    public void Dispose() => directory.Dispose();

    private string Make(DriverUnderTest driver, string vmm)
    {
        string path = directory[$"{vmm}.cpio"];
        InitramfsImage.Write(path, Busybox, TestKernels.Newest(), driver.Create().GuestModules);

        string staging = Directory.CreateDirectory(directory[$"{vmm}.d"]).FullName;
        Directory.CreateDirectory(Path.Combine(staging, "bin"));
        foreach (string name in (string[])["busybox", "sh"])
        {
            File.CreateSymbolicLink(Path.Combine(staging, "bin", name), "/init");
        }

        byte[] script = Encoding.UTF8.GetBytes(GuestScript.Compose(driver.OpenChannelScript));
        foreach ((string name, byte[] bytes) in driver.GuestPrograms.Append(new(Path.GetFileName(GuestScript.Path), script)))
        {
            File.WriteAllBytes(Path.Combine(staging, name), bytes);
            File.SetUnixFileMode(Path.Combine(staging, name), UnixFileMode.UserRead | UnixFileMode.UserExecute);
        }

        string programs = string.Concat(driver.GuestPrograms.Keys.Select(name => name + "\n"));
        string second = directory[$"{vmm}.second.cpio"];
        Tool.RunIn(staging, $"bin\nbin/busybox\nbin/sh\nguest.sh\n{programs}", "cpio", "-o", "-H", "newc", "--quiet", "-O", second);
        using FileStream archive = new(path, FileMode.Append);
        using FileStream appended = File.OpenRead(second);
        appended.CopyTo(archive);
        return path;
    }
}
