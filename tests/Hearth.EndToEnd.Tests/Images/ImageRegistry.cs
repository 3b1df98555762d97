using System.Diagnostics;
using Hearth.Distribution.Tests.Support;

namespace Hearth.EndToEnd.Tests.Images;

/// <summary>
/// Debian's registry with images made by umoci and pushed by skopeo, each with the tag <c>one</c>: <c>base</c> has busybox and
/// no command, <c>app</c> has a value for everything that an image can set, and a layer that ends with its data, <c>user</c>
/// has a user, and <c>multi</c> is an index that has only linux/arm64.
/// </summary>
public sealed class ImageRegistry : IDisposable
{
    private const string MakeImages = """
        mkdir -p tree/bin tree/etc tree/tmp tree/work
        cp /bin/busybox tree/bin/busybox
        for applet in sh cat echo env id ls pwd sleep true; do ln -s busybox tree/bin/$applet; done
        echo 'app:x:1000:1000::/:/bin/sh' >tree/etc/passwd
        umoci init --layout images
        umoci new --image images:base
        umoci unpack --image images:base bundle
        cp -a tree/. bundle/rootfs/
        umoci repack --image images:base bundle
        umoci config --image images:base --tag user --config.user app --config.cmd id
        umoci config --image images:base --tag app --config.entrypoint /bin/echo --config.entrypoint entry --config.cmd default \
            --config.env COLOUR=blue --config.env SHAPE=round --config.workingdir /work --config.label team=hearth --config.label other=image \
            --config.stopsignal SIGINT --config.volume /data --config.exposedports 8080/tcp
        echo inserted >text
        umoci insert --image images:app text /text
        umoci config --image images:base --created 2020-01-01T00:00:00Z
        for image in base app user; do skopeo copy --quiet --dest-tls-verify=false oci:images:$image docker://$HOST/$image:one; done
        skopeo copy --quiet --dest-tls-verify=false oci:images:base docker://$HOST/multi:arm
        skopeo inspect --raw --tls-verify=false docker://$HOST/multi:arm >manifest
        digest=$(sha256sum manifest | cut -d' ' -f1)
        type=application/vnd.oci.image
        echo '{"schemaVersion":2,"mediaType":"'$type.index.v1+json'","manifests":[{"mediaType":"'$type.manifest.v1+json'","digest":"sha256:'$digest'","size":'$(stat -c %s manifest)',"platform":{"os":"linux","architecture":"arm64"}}]}' >index
        curl --silent --show-error --fail -X PUT -H "Content-Type: $type.index.v1+json" --data-binary @index http://$HOST/v2/multi/manifests/one
        """;

    private readonly DirectoryInfo directory = Directory.CreateTempSubdirectory("hearth-images-");

    public ImageRegistry()
    {
        Registry = new DebianRegistry(directory.FullName);
        Run(MakeImages);
    }

    public DebianRegistry Registry { get; }

    public string Host => Registry.Host;

    /// <summary>Where the images are made.</summary>
    public string Place => directory.FullName;

    public void Dispose()
    {
        Registry.Dispose();
        directory.Delete(recursive: true);
    }

    /// <summary>Runs a script in the directory of the images, with the registry's host as $HOST.</summary>
    public void Run(string script)
    {
        ProcessStartInfo start = new("/bin/bash", ["-c", "set -e; exec 2>&1; " + script]) { WorkingDirectory = directory.FullName, RedirectStandardOutput = true };
        start.Environment["HOST"] = Host;
        using Process process = Process.Start(start)!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, output);
    }
}
