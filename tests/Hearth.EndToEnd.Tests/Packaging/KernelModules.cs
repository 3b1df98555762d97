using Hearth.EndToEnd.Tests.Support;

namespace Hearth.EndToEnd.Tests.Packaging;

/// <summary>
/// All modules of a guest's kernel, for a guest that is a host itself. Debian's package of the kernel has them: it is fetched once
/// per checkout and unpacked in artifacts/, where other tests look for it too.
/// </summary>
internal static class KernelModules
{
    /// <returns>What such a host has as /lib/modules/RELEASE.</returns>
    public static string Find(string release)
    {
        string place = Path.Combine(Programs.Artifacts, "test-roots/modules-" + release);
        if (!File.Exists(Path.Combine(place, "modules.dep")))
        {
            Command.Tool("sh", "-ec", $"""
                work={place}.new
                rm -rf $work
                mkdir -p $work/root/lib/modules
                if [ ! -d {place} ]; then
                    cd $work
                    apt-get -q download linux-image-{release}
                    dpkg -x linux-image-*.deb package
                    mv package/lib/modules/{release} {place}
                fi
                ln -s {place} $work/root/lib/modules/{release}
                depmod -b $work/root {release}
                rm -rf $work
                """);
        }

        return place;
    }
}
