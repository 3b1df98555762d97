using System.Text;
using Hearth.Machines.Initramfs;
using Hearth.Machines.Tests.Conformance;
using Hearth.Machines.Tests.Support;

[assembly: AssemblyFixture(typeof(GuestImages))]

namespace Hearth.Machines.Tests.Support;

/// <summary>
/// The test guest's initramfs, one for each driver and set of further modules: Hearth's own archive with the driver's modules and busybox as /init, and behind
/// it a second archive, by cpio, with the script that serves the channel.
/// </summary>
public sealed class GuestImages : IDisposable
{
    private const string Busybox = "/bin/busybox";

    private readonly TemporaryDirectory directory = new();
    private readonly Dictionary<string, string> made = [];

    internal string InitramfsFor(DriverUnderTest driver, params string[] furtherModules)
    {
        lock (made)
        {
            string name = string.Join('-', [driver.Create().Vmm, .. furtherModules]);
            if (!made.TryGetValue(name, out string? path))
            {
                made[name] = path = Make(driver, name, furtherModules);
            }

            return path;
        }
    }

    public void Dispose() => directory.Dispose();

    private string Make(DriverUnderTest driver, string name, string[] furtherModules)
    {
        Dictionary<string, byte[]> programs = new(driver.GuestPrograms)
        {
            [Path.GetFileName(GuestScript.Path)] = Encoding.UTF8.GetBytes(GuestScript.Compose(driver.OpenChannelScript)),
        };
        return Write(directory, name, [.. driver.Create().GuestModules, .. furtherModules], programs);
    }

    /// <summary>Writes an initramfs with modules, busybox as /init and as the shell, and programs in its root.</summary>
    internal static string Write(
        TemporaryDirectory directory, string name, IEnumerable<string> modules, IReadOnlyDictionary<string, byte[]> programs)
    {
        string path = directory[$"{name}.cpio"];
        InitramfsImage.Write(path, Busybox, TestKernels.Newest(), modules);

        string staging = Directory.CreateDirectory(directory[$"{name}.d"]).FullName;
        Directory.CreateDirectory(Path.Combine(staging, "bin"));
        foreach (string link in (string[])["busybox", "sh"])
        {
            File.CreateSymbolicLink(Path.Combine(staging, "bin", link), "/init");
        }

        foreach ((string program, byte[] bytes) in programs)
        {
            File.WriteAllBytes(Path.Combine(staging, program), bytes);
            File.SetUnixFileMode(Path.Combine(staging, program), UnixFileMode.UserRead | UnixFileMode.UserExecute);
        }

        string listed = string.Concat(programs.Keys.Select(program => program + "\n"));
        string second = directory[$"{name}.second.cpio"];
        Tool.RunIn(staging, $"bin\nbin/busybox\nbin/sh\n{listed}", "cpio", "-o", "-H", "newc", "--quiet", "-O", second);
        using FileStream archive = new(path, FileMode.Append);
        using FileStream appended = File.OpenRead(second);
        appended.CopyTo(archive);
        return path;
    }
}
