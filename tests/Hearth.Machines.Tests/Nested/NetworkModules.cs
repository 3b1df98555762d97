using System.Diagnostics;
using Hearth.Machines.Kernel;
using Hearth.Machines.Tests.Support;

namespace Hearth.Machines.Tests.Nested;

/// <summary>
/// The modules of a kernel that a host of networks needs and a guest does not, so they are in no store. Debian's package of the
/// tests' kernel has them: it is fetched once per checkout and unpacked in artifacts/.
/// </summary>
internal static class NetworkModules
{
    private static readonly string[] names =
    [
        "tun", "bridge", "veth", "nft_meta_bridge", "nft_ct", "nft_limit", "nft_objref", "nft_reject_inet", "nft_fib_inet",
        "nft_chain_nat", "nft_nat", "nft_masq", "nf_conntrack_netlink", "sch_ingress", "cls_u32", "act_mirred",
    ];

    /// <summary>The modules, each after those that it depends on; without the package the test is skipped.</summary>
    internal static IReadOnlyList<(string Name, byte[] Bytes)> Find()
    {
        string release = TestKernels.Newest().Release;
        string place = Path.Combine(Checkout.Root, "artifacts/test-roots/modules-" + release);
        if (!Directory.Exists(place))
        {
            Make(place, release);
        }

        return [.. new ModuleDirectory(place).Collect(names).Select(module => (module.Name, module.File.Bytes))];
    }

    private static void Make(string place, string release)
    {
        string unfinished = place + ".new";
        if (Directory.Exists(unfinished))
        {
            Directory.Delete(unfinished, recursive: true);
        }

        Directory.CreateDirectory(unfinished);
        string script = $"exec 2>&1; set -e; apt-get download linux-image-{release}; dpkg -x linux-image-*.deb package; mv package/lib/modules/{release} modules";
        ProcessStartInfo start = new("/bin/sh", ["-c", script]) { WorkingDirectory = unfinished, RedirectStandardOutput = true };
        using Process process = Process.Start(start)!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.SkipUnless(process.ExitCode == 0, $"the package of the kernel {release}, which has the modules of networks, cannot be fetched: {output}");
        Directory.Move(Path.Combine(unfinished, "modules"), place);
        Directory.Delete(unfinished, recursive: true);
    }
}
